"""Services that run as root."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.buildfile import BuildFile
from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.model.reference import parse_reference

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for one in ground.build_files:
        service = one.service
        if service.name in ground.oneshots or (service.user and service.user.partition(":")[0] not in ("root", "0")):
            continue
        user = one.last("USER")
        if user is None and (not one.base or not _runs_as_root(one.base) or _steps_down(one)):
            continue
        if user is not None and user.line.partition(":")[0] not in ("root", "0"):
            continue
        yield rule.found(
            f"the process of {ground.shown(one.path)} runs as root",
            one.place(user) if user else one.parsed.place(one.bases[-1][1]),
            service=service.name,
        )


def _runs_as_root(base: str) -> bool:
    """Whether the base is one that is known to leave the user as root and to step down by no entry point of its own."""
    return parse_reference(base).last in (
        "python",
        "node",
        "debian",
        "ubuntu",
        "alpine",
        "golang",
        "ruby",
        "php",
        "eclipse-temurin",
    )


def _steps_down(one: BuildFile) -> bool:
    words = " ".join(i.line for i in one.instructions if i.keyword in ("RUN", "ENTRYPOINT", "CMD"))
    return any(program in words for program in ("gosu", "su-exec", "setpriv", "tini-su"))


RULE = Rule(
    id="dockerfile.root",
    level="warning",
    title="The image's process runs as root",
    why="a hole in the application is then a hole in everything that the container may reach",
    todo="make a user in the Dockerfile and end with USER",
    check=_check,
    wrong=(
        {"compose.yaml": "services:\n  web: {build: .}\n", "Dockerfile": "FROM python:3.12-slim\nCOPY app.py .\n"},
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": "FROM python:3.12-slim\nUSER app\nUSER root\n",
        },
    ),
    right=(
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": "FROM python:3.12-slim\nRUN useradd app\nUSER app\n",
        },
        {"compose.yaml": "services:\n  web: {build: ., user: '1001'}\n", "Dockerfile": "FROM python:3.12-slim\n"},
    ),
)
