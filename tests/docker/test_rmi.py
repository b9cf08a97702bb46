"""down --rmi on a real engine: which images go, and which stay."""

from __future__ import annotations

import pytest
from tests.docker.dockerd import Docker
from tests.shore import Shore

pytestmark = pytest.mark.e2e

BUILT = """
services:
  own: {build: ., command: sleep 1000, init: true, stop_grace_period: 1s}
  named: {build: ., image: 'shore-rmi-%s:1', command: sleep 1000, init: true, stop_grace_period: 1s}
"""


def there(docker: Docker, reference: str) -> bool:
    return docker.run("image", "inspect", reference).returncode == 0


def test_local_images_go_then_all(shore: Shore, docker: Docker) -> None:
    shore.write(compose=BUILT % shore.project, Dockerfile=f"FROM debian:bookworm-slim\nLABEL of={shore.project}\n")
    own, named = f"{shore.project}-own", f"shore-rmi-{shore.project}:1"
    shore.ok("up", "-d", "--build")
    assert "remove image" in shore.ok("down", "--rmi", "local", "--dry-run").out
    shore.ok("down", "--rmi", "local", "-t", "1")
    assert (there(docker, own), there(docker, named)) == (False, True)
    shore.ok("up", "-d", "--build")
    shore.ok("down", "--rmi", "all", "-t", "1")
    assert (there(docker, own), there(docker, named)) == (False, False)
    assert there(docker, "debian:bookworm-slim"), "a base image is no service's"


def test_an_image_that_something_else_uses_stays_and_that_is_said(shore: Shore, docker: Docker) -> None:
    shore.write(compose=BUILT % shore.project, Dockerfile=f"FROM debian:bookworm-slim\nLABEL of={shore.project}\n")
    shore.ok("build")
    named, holder = f"shore-rmi-{shore.project}:1", f"{shore.project}-holder"
    docker.ok("create", "--name", holder, named, "true")
    try:
        assert f"image {named}: stays: something else uses it" in shore.ok("down", "--rmi", "all").err
        assert there(docker, named)
    finally:
        docker.ok("rm", holder)
        shore.ok("down", "--rmi", "all")
