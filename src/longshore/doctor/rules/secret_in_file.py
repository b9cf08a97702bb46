"""Secrets that stand in the Compose file."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.doctor.ground.secretnames import is_literal_secret

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for name in ground.services:
        for path, key, value in _texts(ground, name):
            if is_literal_secret(key, value):
                yield rule.found(
                    f"{name}: the value of {key} stands in the file", ground.reading.place(*path), service=name
                )


def _texts(ground: Ground, name: str) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Path, key and value of each variable and build argument as it is written."""
    for keys in (("environment",), ("build", "args")):
        found = ground.reading.as_written("services", name, *keys)
        path = ("services", name, *keys)
        if isinstance(found, dict):
            for key, value in found.items():
                yield (*path, key), key, "" if value is None else str(value)
        elif isinstance(found, list):
            for index, item in enumerate(found):
                key, _, value = str(item).partition("=")
                yield (*path, index), key, value


RULE = Rule(
    id="compose.secret-in-file",
    level="warning",
    title="A secret stands in the Compose file",
    why="the file is in version control: everyone who can read the repository, now or later, has the secret",
    todo="put it in .env and write ${NAME:?}, or use secrets:",
    check=_check,
    wrong=(
        {"compose.yaml": "services:\n  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: hunter2}}\n"},
        {"compose.yaml": "services:\n  web: {image: 'web:1', environment: ['DATABASE_URL=postgres://u:p4ss@db/x']}\n"},
    ),
    right=(
        {
            "compose.yaml": "services:\n  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: '${PW:?}'}}\n",
            ".env": "PW=abc\n",
        },
        {"compose.yaml": "services:\n  db: {image: 'postgres:16', environment: {DB_PASSWORD_FILE: /run/secrets/a}}\n"},
    ),
)
