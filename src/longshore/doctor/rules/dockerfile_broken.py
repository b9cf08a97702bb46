"""Dockerfiles that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for error in ground.broken:
        yield rule.found(error.what, error.place, todo=error.hint)


RULE = Rule(
    id="dockerfile.broken",
    level="error",
    title="A Dockerfile cannot be read",
    why="the image cannot be built",
    todo="correct the line, or the path in build:",
    check=_check,
    wrong=(
        {"compose.yaml": "services:\n  web: {build: .}\n"},
        {"compose.yaml": "services:\n  web: {build: .}\n", "Dockerfile": "FROM nginx:1.27\nRUNN true\n"},
        {"compose.yaml": "services:\n  web: {build: {context: ., target: prod}}\n", "Dockerfile": "FROM nginx:1.27\n"},
    ),
    right=({"compose.yaml": "services:\n  web: {build: .}\n", "Dockerfile": "FROM nginx:1.27\n"},),
)
