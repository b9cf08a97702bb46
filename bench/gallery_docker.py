"""The same Compose files on a Docker engine, by Docker Compose and by shore: figures beside the native start."""

from __future__ import annotations

import json
from pathlib import Path

from tests.docker import dockerd
from tests.docker.compose import VERSION, Compose, why_no_compose
from tests.e2e.gallery_stack import FORMS, Gallery, copy_of_the_stack, write_env
from tests.shore import Shore

from bench.machine import median, timed

__all__ = ["rows_on_docker"]

IMAGES = ("python:3.11-slim", "node:20-alpine", "nginx:alpine", "postgres:16-alpine")


def rows_on_docker(home: Path, form: str, project: str, runs: int, bare: float) -> list[list[str]]:
    """Table rows for warm starts by Docker Compose and by shore, in turns, against `bare` seconds by hand. Where there
    is no engine the row says why."""
    what = f"docker compose {VERSION} up -d --wait, the same file"
    reason = dockerd.why_not() or why_no_compose()
    if reason:
        return [[what, "", f"not measured: {reason}", ""]]
    with dockerd.running() as host:
        dockerd.stand_ins(host, *IMAGES)
        theirs, ours = _turns(home, form, project, runs, host)
    return [
        [f"{what} (of {runs})", f"{median(theirs):.2f} s", f"{median(theirs) / bare:.0f}", ""],
        [f"shore --engine docker up -d --wait (of {runs})", f"{median(ours):.2f} s", f"{median(ours) / bare:.1f}", ""],
    ]


def _turns(home: Path, form: str, project: str, runs: int, host: str) -> tuple[list[float], list[float]]:
    """Seconds of each start by Docker Compose and of each by shore. Only a start that left all healthy counts."""
    shore = Shore(copy_of_the_stack(home / "docker"), home, "docker", project, extra={"DOCKER_HOST": host})
    (shore.folder / "backend/error.log").touch()
    write_env(shore.folder)
    file = FORMS[form][0]
    stack, compose = Gallery(shore, *FORMS[form]), Compose(shore.folder, project, host)
    theirs, ours = [], []
    try:
        stack.up("--build")
        assert stack.run("down").code == 0
        for _ in range(runs):
            theirs.append(timed(lambda: compose.ok("-f", file, "up", "-d", "--wait")))
            rows = [json.loads(line) for line in compose.ok("-f", file, "ps", "--format", "json").splitlines()]
            assert {row["Health"] for row in rows} == {"healthy"}, rows
            compose.ok("-f", file, "down")
            ours.append(timed(stack.up))
            assert {row["Health"] for row in stack.rows().values()} == {"healthy"}
            assert stack.run("down").code == 0
    finally:
        stack.run("down", "-v", "-t", "5")
    return theirs, ours
