"""Build contexts without `.dockerignore`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from longshore.doctor.ground.buildfile import BuildFile
from longshore.doctor.ground.finding import Edit, Finding, Rule
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]

DEFAULT = ".git\n.env\n.env.*\n!.env.example\nnode_modules\n__pycache__\n*.pyc\n.venv\n"


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    seen: set[str] = set()
    for one in ground.build_files:
        context = Path(one.build.context)
        if one.build.context in seen or not _takes_all(one) or _ignores(one):
            continue
        seen.add(one.build.context)
        path = context / ".dockerignore"
        yield rule.found(
            f"the build context {ground.shown(context)} has no .dockerignore, and the Dockerfile copies all of it",
            one.service.place("build.context", "build"),
            service=one.service.name,
            edit=Edit(str(path), "", DEFAULT),
        )


def _takes_all(one: BuildFile) -> bool:
    copies = [i for i in one.every if i.keyword in ("COPY", "ADD") and i.flag("from") is None]
    return any(word in (".", "./") for i in copies for word in i.words[:-1])


def _ignores(one: BuildFile) -> bool:
    return (Path(one.build.context) / ".dockerignore").exists() or Path(f"{one.path}.dockerignore").exists()


RULE = Rule(
    id="dockerfile.no-dockerignore",
    level="warning",
    title="A build context without `.dockerignore`",
    why="COPY . takes .env, .git and node_modules along: secrets in the image, slow builds, a cache that never holds",
    todo="add a .dockerignore (shore doctor --fix writes one)",
    check=_check,
    wrong=({"compose.yaml": "services:\n  web: {build: .}\n", "Dockerfile": "FROM nginx:1.27\nCOPY . /srv\n"},),
    right=(
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": "FROM nginx:1.27\nCOPY . /srv\n",
            ".dockerignore": ".env\n.git\n",
        },
        {"compose.yaml": "services:\n  web: {build: .}\n", "Dockerfile": "FROM nginx:1.27\nCOPY site /srv\n"},
    ),
)
