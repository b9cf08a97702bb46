"""The engines that the stacks are played on besides the native one, with the base images that a module names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker import dockerd, podman


@pytest.fixture(scope="module")
def host(request: pytest.FixtureRequest) -> Iterator[str]:
    """DOCKER_HOST of an engine that has stand-ins of the module's IMAGES."""
    yield from dockerd.hosting(*request.module.IMAGES)


@pytest.fixture(scope="module")
def podman_host(request: pytest.FixtureRequest, host: str) -> Iterator[str]:
    """The same of a Podman of the module's own, which gets its images from there; or of the one that
    LONGSHORE_TEST_PODMAN_HOST names, which has them."""
    if named := os.environ.get("LONGSHORE_TEST_PODMAN_HOST"):
        yield named
        return
    reason = podman.why_not()
    if reason:
        pytest.skip(reason)
    with (
        tempfile.TemporaryDirectory(prefix="shore-podman-", ignore_cleanup_errors=True) as folder,
        podman.running(Path(folder), host, *request.module.IMAGES) as address,
    ):
        yield address
