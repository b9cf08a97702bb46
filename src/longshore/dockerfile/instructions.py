"""Logical lines to instructions and stages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from longshore.dockerfile.lines import Heredoc, Line, read_directives, read_lines
from longshore.model.errors import Place, ShoreError
from longshore.model.record import factory, record

__all__ = ["Dockerfile", "Instruction", "Stage", "exec_form", "is_remote", "pairs", "parse"]

FLAGS: Mapping[str, frozenset[str]] = {
    "FROM": frozenset({"platform"}),
    "RUN": frozenset({"mount", "network", "security"}),
    "COPY": frozenset({"from", "chown", "chmod", "link", "parents", "exclude"}),
    "ADD": frozenset({"chown", "chmod", "link", "checksum", "keep-git-dir", "exclude", "unpack"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "start-interval", "retries"}),
    "ONBUILD": frozenset(),
}
KEYWORDS = frozenset(FLAGS) | {
    "ARG",
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "LABEL",
    "MAINTAINER",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
}
FROM = re.compile(r"(?P<image>\S+)(?:\s+(?i:as)\s+(?P<name>\S+))?\s*$")
STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*$")


@record
class Instruction:
    """`rest` is what follows the keyword and its flags, variables not yet replaced. A flag given bare is "true"."""

    keyword: str
    rest: str
    flags: tuple[tuple[str, str], ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    number: int = 0
    text: str = ""

    def flag(self, name: str) -> str | None:
        """The last value of a flag, or None."""
        found = [value for key, value in self.flags if key == name]
        return found[-1] if found else None

    def every(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.flags if key == name)


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
    for line in read_lines(text, file, directives):
        instruction = _instruction(line, file)
        if instruction.keyword == "FROM":
            stages.append(_stage(instruction, len(stages), stages, file))
        elif stages:
            stages[-1].instructions.append(instruction)
        elif instruction.keyword == "ARG":
            args.append(instruction)
        else:
            place = Place(file, line.number)
            raise ShoreError(
                f"{instruction.keyword} before the first FROM", place=place, hint="only ARG may stand there"
            )
    if not stages:
        raise ShoreError("the Dockerfile has no FROM", place=Place(file), hint="begin it with FROM and a base image")
    return Dockerfile(file, directives.escape, tuple(args), tuple(stages))


def _instruction(line: Line, file: str) -> Instruction:
    place = Place(file, line.number)
    keyword, _, rest = line.text.partition(" ") if " " in line.text else (line.text, "", "")
    if "\t" in keyword:
        keyword, _, head = keyword.partition("\t")
        rest = f"{head} {rest}"
    keyword = keyword.upper()
    if keyword not in KEYWORDS:
        raise _unknown(keyword, place)
    flags, rest = _flags(keyword, rest.strip(), place)
    if not rest and keyword not in ("CMD", "ENTRYPOINT"):
        raise ShoreError(f"{keyword} needs an argument", place=place, hint="complete the line or remove it")
    return Instruction(keyword, rest, flags, line.heredocs, line.number, line.text)


def _unknown(keyword: str, place: Place) -> ShoreError:
    from difflib import get_close_matches

    near = get_close_matches(keyword, sorted(KEYWORDS), 1)
    hint = f"did you mean {near[0]}?" if near else "see https://docs.docker.com/reference/dockerfile/"
    return ShoreError(f"{keyword} is not an instruction", place=place, hint=hint)


def _flags(keyword: str, rest: str, place: Place) -> tuple[tuple[tuple[str, str], ...], str]:
    """Take `--name=value` words off the front."""
    known = FLAGS.get(keyword)
    found: list[tuple[str, str]] = []
    while known is not None and (match := re.match(r"--([a-z][a-z-]*)(?:=((?:\"[^\"]*\"|[^\s\"])*))?(?:\s+|$)", rest)):
        if match[1] not in known:
            allowed = ", ".join(f"--{name}" for name in sorted(known)) or "no flag"
            raise ShoreError(f"{keyword} has no flag --{match[1]}", place=place, hint=f"it knows {allowed}")
        found.append((match[1], "true" if match[2] is None else match[2].replace('"', "")))
        rest = rest[match.end() :]
    return tuple(found), rest


def _stage(instruction: Instruction, index: int, before: list[Stage], file: str) -> Stage:
    place = Place(file, instruction.number)
    match = FROM.match(instruction.rest)
    if not match:
        raise ShoreError("FROM takes an image and perhaps AS and a name", place=place, hint="FROM image [AS name]")
    name = (match["name"] or "").lower()
    if name and not STAGE_NAME.match(name):
        raise ShoreError(f"{match['name']!r} cannot name a stage", place=place, hint="letters, digits, - _ .")
    if name and any(stage.name == name for stage in before):
        raise ShoreError(f"the stage {name} is there twice", place=place, hint="give one of them another name")
    platform = instruction.flag("platform") or ""
    return Stage(index, name, match["image"], platform, instruction.number, instruction.text)


def exec_form(rest: str) -> tuple[str, ...] | None:
    """The words of a JSON array, or None when `rest` is in shell form (as Docker: broken JSON is shell form)."""
    if not rest.lstrip().startswith("["):
        return None
    try:
        value = json.loads(rest)
    except ValueError:
        return None
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(value)
    return None


QUOTED = r'"(?:\\.|[^"\\])*"|\'[^\']*\''
PAIR = re.compile(rf"""\s*(?P<key>(?:{QUOTED}|[^\s="'])+)=(?P<value>(?:{QUOTED}|\\.|[^\s"'\\])*)(?=\s|$)""", re.DOTALL)


def pairs(rest: str) -> list[tuple[str, str]]:
    """`k=v k2="v 2"`, or the old form `k v with blanks`; values with their quotes still on."""
    first = rest.split(None, 1)[0]
    if "=" not in first:
        name, _, value = rest.partition(" ")
        if not value:
            raise ValueError(f"{name} has no value")
        return [(name, value.strip())]
    found: list[tuple[str, str]] = []
    position = 0
    text = rest.rstrip()
    while position < len(text):
        match = PAIR.match(text, position)
        if not match:
            raise ValueError(f"cannot read {text[position:].strip()!r}: name=value is expected")
        found.append((match["key"], match["value"]))
        position = match.end()
    return found


def is_remote(word: str) -> bool:
    """Whether a source of ADD is to be downloaded."""
    return word.startswith(("http://", "https://", "git@", "git://", "ssh://"))
