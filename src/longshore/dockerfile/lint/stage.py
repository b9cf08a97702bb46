"""Rules about the instructions of one stage, in their order, with what they know of variables."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from longshore.dockerfile.expand import expand, expand_words
from longshore.dockerfile.instructions import Instruction, is_remote
from longshore.dockerfile.lines import heredoc_named
from longshore.dockerfile.lint.variables import suggestion, undefined

__all__ = ["Known", "StageRules"]

Broken = Iterator[tuple[str, str]]
"""Rules and what is wrong."""
Known = Mapping[str, str] | None
"""Variables with their values; None where a base image is not known, and so nothing can be said to be undefined."""

SECRET = re.compile(r"(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)", re.IGNORECASE)
HARMLESS = re.compile(r"(?:_|^)public(?:_|$)", re.IGNORECASE)
EXPANDED = ("ADD", "COPY", "ENV", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR")
"""Instructions whose words have their variables replaced."""
EXPANDED_FLAGS = ("chown", "chmod", "checksum")


class StageRules:
    """The rules with what they have to remember. `declared` are the names of ARG, with a value or not; `ignored` says
    whether `.dockerignore` leaves a path out; `given` are the arguments of the build, `before` those before FROM."""

    def __init__(
        self, escape: str, given: Mapping[str, str], before: Mapping[str, str], ignored: Callable[[str], bool]
    ) -> None:
        self.escape, self.given, self.before, self.ignored = escape, given, before, ignored
        self.values: Known = {}
        self.declared: frozenset[str] = frozenset()
        self.shell = self.placed = False
        self.last: dict[str, Instruction] = {}

    def begin(self, base: StageRules | None, values: Known) -> None:
        """Continue the stage `base`, or begin with the variables of an image."""
        if base is None:
            self.values = values
            return
        self.values, self.declared, self.shell, self.placed = base.values, base.declared, base.shell, base.placed

    def broken(self, instruction: Instruction) -> Iterator[tuple[Instruction, str, str]]:
        """What is wrong with the next instruction of the stage, each with the instruction that it is told of."""
        for word in _expanded(instruction):
            for rule, text in self._undefined(word):
                yield instruction, rule, text
        for document in instruction.heredocs if instruction.keyword in ("ADD", "COPY") else ():
            if document.expand:
                for rule, text in self._undefined(document.chomped, document=True):
                    yield instruction, rule, text
        if instruction.keyword in ONCE:
            earlier = self.last.get(instruction.keyword)
            if earlier:
                yield earlier, *_again(instruction)
            self.last[instruction.keyword] = instruction
        rules = RULES.get(instruction.keyword)
        for rule, text in rules(self, instruction) if rules else ():
            yield instruction, rule, text

    def _undefined(self, word: str, *, document: bool = False) -> Broken:
        if self.values is None:
            return
        for name in undefined(word, self.values, self.escape, document=document):
            if name not in self.declared:
                nearest = suggestion(name, self.values, "$")
                yield "UndefinedVar", f"Usage of undefined variable '${name}'{nearest}"

    def _value(self, word: str) -> str:
        return expand(word, self.values or {}, escape=self.escape)

    def _set(self, name: str, value: str) -> None:
        if self.values is not None:
            self.values = {**self.values, name: value}

    def command(self, instruction: Instruction) -> Broken:
        if not instruction.json and not self.shell:
            keyword = _written(instruction)
            text = f"JSON arguments recommended for {keyword} to prevent unintended behavior related to OS signals"
            yield "JSONArgsRecommended", text

    def pairs(self, instruction: Instruction) -> Broken:
        legacy = "=" not in instruction.text.split(None, 2)[1]
        for name, _ in instruction.pairs:
            if legacy:
                keyword = _written(instruction)
                text = f'"{keyword} key=value" should be used instead of legacy "{keyword} key value" format'
                yield "LegacyKeyValueFormat", text
            if instruction.keyword == "ENV":
                yield from _secret("ENV", self._value(name))
        if instruction.keyword == "ENV":
            values = [(self._value(name), self._value(value)) for name, value in instruction.pairs]
            for name, value in values:
                self._set(name, value)

    def arg(self, instruction: Instruction) -> Broken:
        for name, equals, default in (word.partition("=") for word in instruction.words):
            yield from _secret("ARG", name)
            if name in self.given:
                self._set(name, self.given[name])
            elif equals:
                yield from self._undefined(default)
                self._set(name, self._value(default))
            elif name in self.before:
                self._set(name, self.before[name])
            self.declared |= {name}

    def workdir(self, instruction: Instruction) -> Broken:
        path = self._value(instruction.words[0])
        if not self.placed and not path.startswith("/"):
            text = f"Relative workdir {_quoted(path)} can have unexpected results if the base image changes"
            yield "WorkdirRelativePath", text
        self.placed = True

    def own_shell(self, instruction: Instruction) -> Broken:
        self.shell = True
        yield from ()

    def expose(self, instruction: Instruction) -> Broken:
        values = self.values or {}
        for word in (
            one for text in sorted(instruction.words) for one in expand_words(text, values, escape=self.escape)
        ):
            protocol = word.partition("/")[2]
            if protocol != protocol.lower():
                yield "ExposeProtoCasing", f"Defined protocol '{word}' in EXPOSE instruction should be lowercase"
            if ":" in word:
                text = f"EXPOSE instruction should not define an IP address or host-port mapping, found '{word}'"
                yield "ExposeInvalidFormat", text

    def sources(self, instruction: Instruction) -> Broken:
        if instruction.flag("from"):
            return
        for word in instruction.words[:-1]:
            path = self._value(word)
            if (instruction.json or not heredoc_named(word)) and not is_remote(path) and self.ignored(path):
                what = instruction.keyword.capitalize()
                yield "CopyIgnoredFile", f"Attempting to {what} file {_quoted(path)} that is excluded by .dockerignore"


ONCE = ("CMD", "ENTRYPOINT", "HEALTHCHECK")
RULES: Mapping[str, Callable[[StageRules, Instruction], Broken]] = {
    "CMD": StageRules.command, "ENTRYPOINT": StageRules.command, "ENV": StageRules.pairs, "LABEL": StageRules.pairs,
    "ARG": StageRules.arg, "WORKDIR": StageRules.workdir, "SHELL": StageRules.own_shell, "EXPOSE": StageRules.expose,
    "COPY": StageRules.sources, "ADD": StageRules.sources,
}  # fmt: skip


def _expanded(instruction: Instruction) -> Iterable[str]:
    """The words in which variables are replaced, in the order in which that is done."""
    if instruction.keyword == "RUN":
        return [part.partition("=")[2] for mount in instruction.every("mount") for part in mount.split(",")]
    if instruction.keyword not in EXPANDED:
        return ()
    flags = dict(instruction.flags)
    words = [flags[name] for name in EXPANDED_FLAGS if name in flags]
    return [*words, *(word for word in instruction.words if instruction.json or not heredoc_named(word))]


def _again(instruction: Instruction) -> tuple[str, str]:
    keyword = _written(instruction)
    text = f"Multiple {keyword} instructions should not be used in the same stage because only the last one"
    return "MultipleInstructionsDisallowed", f"{text} will be used"


def _secret(keyword: str, name: str) -> Broken:
    if SECRET.search(name) and not HARMLESS.search(name):
        yield (
            "SecretsUsedInArgOrEnv",
            f"Do not use ARG or ENV instructions for sensitive data ({keyword} {_quoted(name)})",
        )


def _written(instruction: Instruction) -> str:
    return instruction.text.split(None, 1)[0]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
