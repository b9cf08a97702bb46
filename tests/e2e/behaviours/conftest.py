"""One suite of behaviours, run on every engine: native as root, native as an ordinary user, Docker.

`BEHAVIOURS=docker,native-user` runs only those engines."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker import dockerd
from tests.e2e.behaviours.played import ENGINES
from tests.installed import Installed, user_environment
from tests.shore import SHORE, Shore, shared_cache

IMAGES = ("debian:bookworm-slim", "python:3.11-slim", "redis:7-alpine", "postgres:15-alpine", "nginx:alpine")


@pytest.fixture(scope="session", params=[name for name in ENGINES if name in os.environ.get("BEHAVIOURS", name)])
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that a test runs on; skips, saying why, where it cannot."""
    name: str = request.param
    if name.startswith("native") and os.uname().sysname != "Linux":
        pytest.skip("the native engine runs on Linux only")
    if name == "native-root" and os.geteuid() != 0:
        pytest.skip("native as root needs root")
    return name


@pytest.fixture(scope="session")
def docker_host() -> Iterator[str]:
    """A private daemon with the stand-in images."""
    yield from dockerd.hosting(*IMAGES)


@pytest.fixture
def shore(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shore]:
    """`shore` in an empty folder on this engine, with a project of its own that is gone afterwards."""
    made = _made(engine, tmp_path, request)
    made.project = f"b{uuid.uuid4().hex[:8]}"
    try:
        yield made
    finally:
        made.down()


def _made(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Shore:
    if engine == "docker":
        host = request.getfixturevalue("docker_host")
        return _shore(tmp_path, "docker", extra={"DOCKER_HOST": host})
    if engine == "native-root":
        return _shore(tmp_path, "native", cache=shared_cache())
    installed: Installed = request.getfixturevalue("ordinary_user")
    place = installed.user.home / f"t{uuid.uuid4().hex[:8]}"
    place.mkdir()
    found = _shore(place, "native", prefix=installed.user.prefix, binary=installed.shore, cache=installed.cache)
    found.extra = {"PATH": user_environment()["PATH"]}
    installed.user.give(place)
    return found


def _shore(place: Path, engine: str, **more: object) -> Shore:
    folder = place / "p"
    folder.mkdir()
    defaults = {"prefix": (), "binary": SHORE, **more}
    return Shore(folder, place / "home", engine=engine, **defaults)  # type: ignore[arg-type]
