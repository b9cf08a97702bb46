"""Logical lines to instructions and stages. All that can be wrong in a Dockerfile before anything is carried out is
found here, also in stages that nobody builds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from longshore.dockerfile.checks import check
from longshore.dockerfile.lines import Directives, Heredoc, Line, read_directives, read_lines
from longshore.dockerfile.words import BLANKS, json_words, quoted_words, split_line
from longshore.model.errors import Place, ShoreError
from longshore.model.nearest import LONGEST, nearest
from longshore.model.record import factory, record, replace

__all__ = ["Dockerfile", "Instruction", "Stage", "is_remote", "parse", "parse_trigger"]

Flag = Literal["word", "words", "switch"]
"""What a flag takes: one value, one each time it is given, or nothing, true or false."""
FLAGS: Mapping[str, Mapping[str, Flag]] = {
    "FROM": {"platform": "word"},
    "RUN": {"mount": "words", "network": "word", "security": "word", "device": "words"},
    "COPY": {"from": "word", "chown": "word", "chmod": "word", "link": "switch", "parents": "switch",
             "exclude": "words"},
    "ADD": {"chown": "word", "chmod": "word", "link": "switch", "checksum": "word", "keep-git-dir": "switch",
            "exclude": "words", "unpack": "switch"},
    "HEALTHCHECK": {"interval": "word", "timeout": "word", "start-period": "word", "start-interval": "word",
                    "retries": "word"},
    "ARG": {}, "CMD": {}, "ENTRYPOINT": {}, "ENV": {}, "EXPOSE": {}, "LABEL": {}, "MAINTAINER": {}, "ONBUILD": {},
    "SHELL": {}, "STOPSIGNAL": {}, "USER": {}, "VOLUME": {}, "WORKDIR": {},
}  # fmt: skip
"""Every instruction and its flags."""
USAGE: Mapping[str, str] = {
    "FROM": "FROM [--platform=…] IMAGE [AS NAME]", "RUN": "RUN [--mount=…] COMMAND",
    "COPY": "COPY [--from=…] SOURCE… TARGET", "ADD": "ADD [--chown=…] SOURCE… TARGET",
    "HEALTHCHECK": "HEALTHCHECK [--interval=30s] CMD COMMAND, or HEALTHCHECK NONE", "ARG": "ARG NAME[=DEFAULT] …",
    "CMD": 'CMD ["PROGRAM", "ARGUMENT"]', "ENTRYPOINT": 'ENTRYPOINT ["PROGRAM", "ARGUMENT"]',
    "ENV": "ENV NAME=VALUE …", "EXPOSE": "EXPOSE PORT[/PROTOCOL] …", "LABEL": "LABEL NAME=VALUE …",
    "MAINTAINER": "MAINTAINER NAME", "ONBUILD": "ONBUILD INSTRUCTION", "SHELL": 'SHELL ["PROGRAM", "ARGUMENT"]',
    "STOPSIGNAL": "STOPSIGNAL SIGTERM", "USER": "USER NAME[:GROUP]", "VOLUME": "VOLUME PATH …",
    "WORKDIR": "WORKDIR PATH",
}  # fmt: skip
WORDS_AT_BLANKS = ("EXPOSE", "FROM")
WORDS_OR_JSON = ("ADD", "COPY", "VOLUME")
ONE_OR_JSON = ("RUN", "CMD", "ENTRYPOINT", "SHELL")
PAIRS = ("ENV", "LABEL")
WITHOUT_FLAG_CHECK = ("ARG", "STOPSIGNAL")
"""Instructions in front of whose words BuildKit drops whatever looks like a flag."""


@record
class Instruction:
    """`words` are what the instruction is about, variables not yet replaced: of RUN, CMD, ENTRYPOINT and SHELL the
    command (one word, or those of a JSON array: `json`), of ENV and LABEL names and values in turn, of HEALTHCHECK its
    kind and command, of ONBUILD the triggered instruction. `flags` without dashes; a switch is "true" or "false"."""

    keyword: str
    words: tuple[str, ...]
    json: bool = False
    flags: tuple[tuple[str, str], ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    number: int = 0
    text: str = ""

    def flag(self, name: str) -> str | None:
        """The value of a flag, or None."""
        return next((value for key, value in self.flags if key == name), None)

    def every(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.flags if key == name)

    @property
    def line(self) -> str:
        """The words as one text: the command of RUN, for who looks for something in it."""
        return " ".join(self.words)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The names and values of ENV and LABEL, their quotes still on."""
        return list(zip(self.words[::2], self.words[1::2], strict=True))


@record(frozen=False)
class Stage:
    """One FROM and what follows. `base` and `platform` have their variables not yet replaced."""

    index: int
    name: str
    base: str
    platform: str
    number: int
    text: str = ""
    instructions: list[Instruction] = factory(default_factory=list)


@record
class Dockerfile:
    file: str
    escape: str
    args: tuple[Instruction, ...]
    stages: tuple[Stage, ...]

    def place(self, number: int) -> Place:
        return Place(self.file, number)


def parse(text: str, file: str) -> Dockerfile:
    """Read a Dockerfile; ShoreError names the line of the first mistake."""
    directives = read_directives(text, file)
    args: list[Instruction] = []
    stages: list[Stage] = []
    lines = read_lines(text, file, directives)
    for instruction in [_placed(line, directives.escape, file) for line in lines]:
        place = Place(file, instruction.number)
        if instruction.keyword == "FROM":
            stages.append(_stage(instruction, len(stages)))
        elif stages:
            stages[-1].instructions.append(instruction)
        elif instruction.keyword == "ARG":
            args.append(instruction)
        else:
            hint = "only ARG may stand there"
            raise ShoreError(f"{instruction.keyword} before the first FROM", place=place, hint=hint)
    if not stages:
        raise ShoreError("the Dockerfile has no FROM", place=Place(file, 1), hint="begin it with FROM and a base image")
    return Dockerfile(file, directives.escape, tuple(args), tuple(stages))


def parse_trigger(text: str, place: Place) -> Instruction:
    """The instruction that an ONBUILD of the base image left; its mistakes are those of the FROM at `place`."""
    lines = read_lines(text, place.file, Directives())
    if len(lines) != 1:
        raise ShoreError("an ONBUILD trigger is one instruction", place=place, hint="correct the base image")
    return _placed(replace(lines[0], number=place.line), Directives().escape, place.file)


def _placed(line: Line, escape: str, file: str) -> Instruction:
    try:
        return _instruction(line, escape)
    except ValueError as error:
        keyword = line.text.split(None, 1)[0].upper()
        what = str(error) if keyword in str(error) or keyword not in USAGE else f"{keyword}: {error}"
        hint = f"its form is {USAGE[keyword]}" if keyword in USAGE else _nearest(keyword)
        raise ShoreError(what, place=Place(file, line.number), hint=hint) from None


def _instruction(line: Line, escape: str) -> Instruction:
    word, flags, rest = split_line(line.text, escape)
    keyword = word.upper()
    if keyword not in FLAGS:
        raise ValueError(f"{word if len(word) < LONGEST else word[:LONGEST] + '…'} is not an instruction")
    words, is_json = _words(keyword, rest, escape)
    heredocs = line.heredocs
    instruction = Instruction(keyword, words, is_json, _flags(keyword, words, flags), heredocs, line.number, line.text)
    check(instruction.keyword, instruction.words, is_json, dict(instruction.flags))
    return instruction


def _nearest(keyword: str) -> str:
    near = nearest(keyword, sorted(FLAGS))
    return f"did you mean {near}?" if near else "see https://docs.docker.com/reference/dockerfile/"


def _words(keyword: str, rest: str, escape: str) -> tuple[tuple[str, ...], bool]:
    """What stands after the flags, cut as the instruction wants it, and whether it was a JSON array."""
    if not rest:
        return (), False
    if keyword == "HEALTHCHECK":
        kind, *command = BLANKS.split(rest, maxsplit=1)
        words, is_json = _words("CMD", "".join(command), escape)
        return (kind, *words), is_json
    if keyword in (*WORDS_OR_JSON, *ONE_OR_JSON):
        found = json_words(rest)
        if found is not None:
            return found, True
    if keyword in (*WORDS_AT_BLANKS, *WORDS_OR_JSON):
        return tuple(BLANKS.split(rest)), False
    if keyword == "ARG":
        return tuple(quoted_words(rest, escape)), False
    if keyword in PAIRS:
        return tuple(_pairs(keyword, rest, escape)), False
    return (rest,), False


def _pairs(keyword: str, rest: str, escape: str) -> list[str]:
    """`k=v k2="v 2"`, or the old form `k v with blanks`: names and values in turn, quotes still on."""
    words = quoted_words(rest, escape)
    if "=" not in words[0]:
        parts = BLANKS.split(rest, maxsplit=1)
        if len(parts) < 2:
            raise ValueError(f"{keyword} takes a name and a value")
        return parts
    found: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"there is no = in {word!r}: name=value is expected")
        found += [name, value]
    return found


def _flags(keyword: str, words: tuple[str, ...], given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The flags as names and values. ValueError for one that is not known, given twice, or without its value."""
    known = FLAGS[keyword]
    if keyword in WITHOUT_FLAG_CHECK or (keyword == "HEALTHCHECK" and words[:1] and words[0].upper() == "NONE"):
        return ()
    found: list[tuple[str, str]] = []
    for word in given:
        name, equals, value = word[2:].partition("=")
        if name not in known:
            allowed = ", ".join(f"--{name}" for name in sorted(known)) or "none"
            raise ValueError(f"{keyword} has no flag --{name} (it knows {allowed})")
        kind = known[name]
        if kind != "words" and any(name == other for other, _ in found):
            raise ValueError(f"the flag --{name} is given twice")
        found.append((name, _switch(name, equals, value) if kind == "switch" else value))
        if kind != "switch" and not equals:
            raise ValueError(f"the flag --{name} lacks a value")
    return tuple(found)


def _switch(name: str, equals: str, value: str) -> str:
    if equals and not value:
        raise ValueError(f"the flag --{name}= lacks a value")
    if value.lower() not in ("", "true", "false"):
        raise ValueError(f"the flag --{name} is true or false, not {value}")
    return value.lower() or "true"


def _stage(instruction: Instruction, index: int) -> Stage:
    name = instruction.words[2].lower() if len(instruction.words) == 3 else ""
    platform = instruction.flag("platform") or ""
    return Stage(index, name, instruction.words[0], platform, instruction.number, instruction.text)


def is_remote(word: str) -> bool:
    """Whether a source of ADD is to be downloaded."""
    return word.startswith(("http://", "https://", "git@", "git://", "ssh://"))
