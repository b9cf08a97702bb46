"""`.env` in version control."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.model.errors import Place

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for name in sorted(ground.tracked):
        folder, _, file = name.rpartition("/")
        if file == ".env" and not folder:
            yield rule.found(".env is in version control", Place(ground.shown(ground.folder / name)))


RULE = Rule(
    id="env.in-version-control",
    level="error",
    title="`.env` is in version control",
    why="its secrets are in the history for good, and everyone's settings overwrite each other",
    todo="git rm --cached .env, add it to .gitignore, commit an .env.example, and change the secrets",
    check=_check,
    wrong=({"compose.yaml": "services:\n  web: {image: 'nginx:1.27'}\n", ".env": "A=1\n", ".git": "init and add"},),
    right=(
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27'}\n", ".env": "A=1\n"},
        {
            "compose.yaml": "services:\n  web: {image: 'nginx:1.27'}\n",
            ".env": "A=1\n",
            ".gitignore": ".env\n",
            ".git": "init and add",
        },
    ),
)
