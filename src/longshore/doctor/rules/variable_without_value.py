"""Variables that the Compose file names and that have no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longshore.doctor.ground.dotenv import written
from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.flow.reading import variables_of

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    reading, environment = ground.reading, ground.reading.stack.environment
    places = dict(_uses(reading.written, ()))
    needed = [name for name in reading.variables if name in reading.missing]
    plain = [n for n, v in reading.variables.items() if v.plain and not v.required and not environment.get(n)]
    names = [*needed, *plain]
    edit = written(ground, names) if names else None
    for name in names:
        what = "has no value, and the file requires one" if name in needed else "has no value; it is empty here"
        empty = " (set, but empty)" if name in environment and name not in needed else ""
        path = places.get(name)
        yield rule.found(f"{name} {what}{empty}", reading.place(*path) if path else None, edit=edit)


def _uses(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Each variable with the path of a text that names it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _uses(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _uses(item, (*path, index))
    elif isinstance(value, str) and "$" in value:
        for name in variables_of(value):
            yield name, path


RULE = Rule(
    id="compose.variable-without-value",
    level="error",
    title="A variable has no value",
    why="an empty password, name or address goes into the container without a word, or nothing starts at all",
    todo="give it a value in .env, or a default: ${NAME:-value}",
    check=_check,
    wrong=(
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27', environment: {KEY: '${SECRET_KEY}'}}\n"},
        {"compose.yaml": "services:\n  web: {image: 'nginx:${TAG:?}'}\n"},
        {
            "compose.yaml": "services:\n  web: {image: 'nginx:1.27', environment: {KEY: '$SECRET_KEY'}}\n",
            ".env": "SECRET_KEY=\n",
        },
    ),
    right=(
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27', environment: {KEY: '${SECRET_KEY:-}'}}\n"},
        {
            "compose.yaml": "services:\n  web: {image: 'nginx:1.27', environment: {KEY: '${SECRET_KEY}'}}\n",
            ".env": "SECRET_KEY=abc\n",
        },
    ),
)
