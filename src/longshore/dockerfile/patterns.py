"""File patterns: `.dockerignore`'s (moby's patternmatcher) and those of COPY's sources (Go's filepath.Match)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from longshore.model.record import record

__all__ = ["Ignore", "go_match", "has_meta", "read_ignore"]


@record
class _Rule:
    expression: re.Pattern[str]
    text: str
    excluded: bool


class Ignore:
    """The rules of one `.dockerignore` (or of COPY --exclude). The last rule that fits decides."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.rules = tuple(_rule(pattern) for pattern in patterns)
        self.negates = any(not rule.excluded for rule in self.rules)

    def excludes(self, path: str) -> bool:
        """Whether `path` (relative, with slashes) is left out: by a rule for it or for a directory above it."""
        excluded = False
        parents = path.split("/")
        for rule in self.rules:
            if rule.excluded == excluded:
                continue
            names = ("/".join(parents[:count]) for count in range(len(parents), 0, -1))
            if any(rule.expression.fullmatch(name) for name in names):
                excluded = rule.excluded
        return excluded

    def may_hold_included(self, directory: str) -> bool:
        """Whether something below the excluded `directory` could be let in again by a `!` rule."""
        prefix = directory + "/"
        return any(
            not rule.excluded
            and ("**" in rule.text or rule.text.startswith(prefix) or _could_meet(rule.text, directory))
            for rule in self.rules
        )


def _could_meet(pattern: str, directory: str) -> bool:
    wanted, given = pattern.split("/"), directory.split("/")
    if len(wanted) <= len(given):
        return False
    return all(go_match(part, name) for part, name in zip(wanted, given, strict=False))


def read_ignore(text: str) -> list[str]:
    """The patterns of a `.dockerignore`: cleaned as Go's filepath.Clean does, comments and empty lines left out."""
    found: list[str] = []
    for line in text.removeprefix("\ufeff").splitlines():
        pattern = line.strip()
        if line.startswith("#") or not pattern:
            continue
        negated = pattern.startswith("!")
        pattern = pattern[1:].strip() if negated else pattern
        if pattern:
            pattern = posixpath.normpath(pattern)
            pattern = pattern.lstrip("/") or "/"
        found.append(("!" if negated else "") + pattern)
    return found


def _rule(pattern: str) -> _Rule:
    excluded = not pattern.startswith("!")
    text = pattern if excluded else pattern[1:]
    return _Rule(re.compile(_expression(text), re.DOTALL), text, excluded)


def _expression(pattern: str) -> str:
    """`**/` any directories, `**` anything, `*` and `?` within one name; classes and backslash escapes as they are."""
    out: list[str] = []
    index = 0
    while index < len(pattern):
        character = pattern[index]
        if pattern.startswith("**", index):
            index += 2
            if pattern.startswith("/", index):
                index += 1
            out.append(".*" if index >= len(pattern) else "(.*/)?")
            continue
        index += 1
        if character == "*":
            out.append("[^/]*")
        elif character == "?":
            out.append("[^/]")
        elif character == "\\" and index < len(pattern):
            out.append(re.escape(pattern[index]))
            index += 1
        elif character == "[" and (end := pattern.find("]", index + 1)) > 0:
            out.append(_character_class(pattern[index:end]))
            index = end + 1
        else:
            out.append(re.escape(character))
    return "".join(out)


def _character_class(inner: str) -> str:
    negated = inner[:1] == "^"
    body = inner[1:] if negated else inner
    escaped = body.replace("[", "\\[")
    return f"[{'^' if negated else ''}{escaped}]"


def has_meta(text: str) -> bool:
    """Whether Go's filepath.Match would see a pattern in it."""
    return any(sign in text for sign in "*?[\\")


def go_match(pattern: str, name: str) -> bool:
    """Go's filepath.Match: `*` and `?` never cross a slash."""
    single = pattern.replace("**", "*")
    try:
        return re.fullmatch(_expression(single), name, re.DOTALL) is not None
    except re.error:
        return False
