"""A private daemon, and the real Docker Compose where it is installed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docker import dockerd
from tests.docker.compose import Compose, why_no_compose
from tests.shore import Shore

IMAGES = ("debian:bookworm-slim", "python:3.11-slim", "redis:7-alpine", "postgres:15-alpine")


@pytest.fixture(scope="session")
def docker_host() -> Iterator[str]:
    """DOCKER_HOST of a private daemon that has the stand-in images; skips, saying why, where there can be none."""
    yield from dockerd.hosting(*IMAGES)


@pytest.fixture
def shore(docker_host: str, tmp_path: Path) -> Iterator[Shore]:
    """`shore --engine docker` with a project of its own."""
    folder = tmp_path / "p"
    folder.mkdir()
    found = Shore(folder, tmp_path / "home", "docker", f"d{uuid.uuid4().hex[:8]}", extra={"DOCKER_HOST": docker_host})
    yield found
    found.down()


@pytest.fixture
def compose(shore: Shore, docker_host: str) -> Compose:
    """The real `docker compose` on the same project and folder."""
    reason = why_no_compose()
    if reason:
        pytest.skip(reason)
    return Compose(shore.folder, shore.project, docker_host)


@pytest.fixture
def docker(docker_host: str) -> dockerd.Docker:
    """The plain `docker` command."""
    return dockerd.Docker(docker_host)
