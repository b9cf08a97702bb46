"""File patterns: `.dockerignore`'s (moby's patternmatcher) and those of COPY's sources (Go's filepath.Match)."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterable, Sequence

from longshore.model.record import record

__all__ = ["Matched", "Patterns", "go_match", "has_meta", "pattern_error", "read_ignore"]

Matched = Sequence[bool] | None
"""Which of the patterns fit a directory or one above it; None where nothing is known of those above."""


@record
class _Rule:
    text: str
    excepts: bool
    expression: re.Pattern[str] | None
    """None: the rule is a plain name."""
    head: str = ""
    """The names before the first pattern: what it fits is there or below."""

    def fits(self, path: str) -> bool:
        return path == self.text if self.expression is None else self.expression.search(path) is not None


class Patterns:
    """The rules of one `.dockerignore`, or of --exclude or --parents. The last rule that fits decides; `!` makes an
    exception. ValueError for a pattern that is none."""

    def __init__(self, patterns: Iterable[str]) -> None:
        cleaned = (pattern.strip() for pattern in patterns)
        self.rules = tuple(_rule(pattern) for pattern in cleaned if pattern)
        self.excepts = any(rule.excepts for rule in self.rules)

    def match(self, path: str, above: Matched = None) -> tuple[bool, Matched]:
        """Whether the patterns take `path` (relative, with slashes), and what to hand down to what is below it. `above`
        is what the directory above handed down."""
        fitting = [False] * len(self.rules)
        taken = False
        for index, rule in enumerate(self.rules):
            fits = above is not None and above[index]
            if not fits:
                if rule.excepts != taken:
                    continue
                fits = rule.fits(path) or (above is None and any(rule.fits(parent) for parent in _parents(path)))
            fitting[index] = fits
            if fits:
                taken = not rule.excepts
        return taken, fitting

    def takes(self, path: str) -> bool:
        """Whether the patterns take `path` or a directory above it."""
        return self.match(path)[0]

    def may_except_below(self, directory: str) -> bool:
        """Whether an exception could fit something below the directory that is taken."""
        return self.excepts and any(rule.excepts and _on_one_way(rule.head, directory) for rule in self.rules)

    def may_take_below(self, directory: str) -> bool:
        """Whether something below the directory could be taken."""
        return any(not rule.excepts and _on_one_way(rule.head, directory) for rule in self.rules)


def _on_one_way(head: str, directory: str) -> bool:
    """Whether one of the two paths leads through the other."""
    return not head or f"{head}/".startswith(f"{directory}/") or f"{directory}/".startswith(f"{head}/")


def _parents(path: str) -> Iterable[str]:
    end = path.find("/")
    while end > 0:
        yield path[:end]
        end = path.find("/", end + 1)


def read_ignore(text: str) -> list[str]:
    """The patterns of a `.dockerignore`: cleaned as Go's filepath.Clean does, comments and empty lines left out."""
    found: list[str] = []
    for line in text.removeprefix("\ufeff").split("\n"):
        pattern = line.strip()
        if line.startswith("#") or not pattern:
            continue
        negated = pattern.startswith("!")
        pattern = pattern[1:].strip() if negated else pattern
        if pattern:
            pattern = _clean(pattern)
            pattern = pattern[1:] if len(pattern) > 1 and pattern.startswith("/") else pattern
        found.append(("!" if negated else "") + pattern)
    return found


def _clean(path: str) -> str:
    """Go's filepath.Clean: as normpath, but two slashes at the beginning are one."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _rule(pattern: str) -> _Rule:
    text = _clean(pattern)
    excepts = text.startswith("!")
    text = text[1:] if excepts else text
    if not text:
        raise ValueError('"!" alone is no pattern')
    if pattern_error(text):
        raise ValueError(f"{text!r} is not a pattern: {pattern_error(text)}")
    fixed = itertools.takewhile(lambda part: not has_meta(part) and "\\" not in part, text.split("/"))
    return _Rule(text, excepts, _expression(text), "/".join(fixed))


def _expression(pattern: str) -> re.Pattern[str] | None:
    """`**/` any directories, `**` anything, `*` and `?` within one name; classes and backslash escapes as they are."""
    out: list[str] = []
    plain = True
    index = 0
    while index < len(pattern):
        character = pattern[index]
        index += 1
        if character == "*" and pattern.startswith("*", index):
            index += 1
            if pattern.startswith("/", index):
                index += 1
            out.append(".*" if index >= len(pattern) else "(.*/)?")
        elif character == "*":
            out.append("[^/]*")
        elif character == "?":
            out.append("[^/]")
        elif character == "\\" and index < len(pattern):
            out.append(re.escape(pattern[index]))
            index += 1
        elif character == "[" and (end := _class_end(pattern, index)):
            out.append(_class(pattern[index:end]))
            index = end + 1
        else:
            out.append(re.escape(character))
            continue
        plain = False
    return None if plain else re.compile("^" + "".join(out) + r"\Z", re.DOTALL)


def _class_end(pattern: str, start: int) -> int:
    """Where the class that begins at `start` is closed; 0 when it is not."""
    index = start + 1 if pattern.startswith("^", start) else start
    index += 1
    while index < len(pattern):
        if pattern[index] == "\\":
            index += 1
        elif pattern[index] == "]":
            return index
        index += 1
    return 0


def _class(inner: str) -> str:
    negated = inner.startswith("^")
    body = inner[1:] if negated else inner
    body = re.sub(r"\\(.)|([\[&~|^])", lambda found: "\\" + (found[1] or found[2]), body)
    return f"[{'^' if negated else ''}{body}]"


def pattern_error(pattern: str) -> str:
    """What Go's filepath.Match has against a pattern, "" nothing."""
    index = 0
    while index < len(pattern):
        if pattern[index] == "\\":
            index += 1
            if index == len(pattern):
                return "it ends with a backslash"
        elif pattern[index] == "[":
            start = index + 2 if pattern.startswith("^", index + 1) else index + 1
            if pattern[start : start + 1] in ("]", "-"):
                return "a class in [] begins wrongly"
            index = _class_end(pattern, index + 1)
            if not index:
                return "a [ is not closed"
        index += 1
    return ""


def has_meta(text: str) -> bool:
    """Whether a source of COPY is a pattern."""
    return bool(re.search(r"(?:^|[^\\])(?:\\\\)*[*?\[]", text))


def go_match(pattern: str, name: str) -> bool:
    """Go's filepath.Match: `*` and `?` never cross a slash; a pattern that is none fits nothing."""
    if pattern_error(pattern):
        return False
    expression = _expression(re.sub(r"\*\*+", "*", pattern))
    return name == pattern if expression is None else expression.search(name) is not None
