"""pause and unpause on a real engine, beside docker compose's own."""

from __future__ import annotations

import pytest
from tests.docker.compose import Compose
from tests.docker.dockerd import Docker
from tests.shore import Shore

pytestmark = pytest.mark.e2e

TWO = """
services:
  app: {image: 'python:3.11-slim', init: true, command: sleep 1000, stop_grace_period: 1s}
  other: {image: 'python:3.11-slim', init: true, command: sleep 1000, stop_grace_period: 1s}
"""


def states(shore: Shore) -> dict[str, str]:
    return {row["Service"]: row["State"] for row in shore.ps("-a")}


def test_what_is_paused_stays_so_until_it_is_let_go_on(shore: Shore, docker: Docker) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    begun = docker.ok("inspect", "-f", "{{.State.StartedAt}}", f"{shore.project}-app-1")
    assert "app: paused" in shore.ok("pause", "app").err
    assert states(shore) == {"app": "paused", "other": "running"}
    assert "1  unpause" in shore.ok("unpause", "--dry-run").out
    shore.ok("unpause")
    assert states(shore) == {"app": "running", "other": "running"}
    assert docker.ok("inspect", "-f", "{{.State.StartedAt}}", f"{shore.project}-app-1") == begun
    assert shore.ok("unpause").err == "nothing is paused\n"


def test_up_lets_a_paused_service_go_on_and_down_takes_it(shore: Shore) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    shore.ok("pause")
    shore.ok("up", "-d", "--wait")
    assert states(shore) == {"app": "running", "other": "running"}
    shore.ok("pause")
    shore.ok("down", "-t", "1")
    assert states(shore) == {}


def test_each_lets_go_on_what_the_other_paused(shore: Shore, compose: Compose) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    compose.ok("pause", "app")
    assert states(shore)["app"] == "paused"
    shore.ok("unpause")
    shore.ok("pause", "app")
    compose.ok("unpause", "app")
    assert states(shore) == {"app": "running", "other": "running"}
