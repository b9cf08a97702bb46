"""The obsolete attribute `version:`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from longshore.doctor.ground.finding import Edit, Finding, Rule
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for text, place in ground.reading.warnings:
        if text.startswith("version is obsolete") and place:
            yield rule.found("version: is obsolete and has no meaning", place, edit=_without(place.file, place.line))


def _without(file: str, line: int) -> Edit | None:
    path = Path(file)
    try:
        before = path.read_text()
    except (OSError, UnicodeDecodeError):
        return None
    lines = before.splitlines(keepends=True)
    if not lines[line - 1].startswith("version:"):
        return None
    del lines[line - 1]
    while line - 1 < len(lines) and line == 1 and not lines[0].strip():
        del lines[0]
    return Edit(file, before, "".join(lines))


RULE = Rule(
    id="compose.obsolete-version",
    level="advice",
    title="The attribute `version:` is obsolete",
    why="Compose has ignored it since 2020; readers take it for something that chooses features",
    todo="remove the line",
    check=_check,
    wrong=({"compose.yaml": "version: '3.8'\nservices:\n  web: {image: nginx:1.27}\n"},),
    right=({"compose.yaml": "services:\n  web: {image: nginx:1.27}\n"},),
)
