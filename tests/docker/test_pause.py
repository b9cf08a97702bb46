"""pause and unpause beside docker compose's own."""

from __future__ import annotations

import pytest
from tests.docker.compose import Compose
from tests.shore import Shore

pytestmark = pytest.mark.e2e

TWO = """
services:
  app: {image: 'python:3.11-slim', init: true, command: sleep 1000, stop_grace_period: 1s}
  other: {image: 'python:3.11-slim', init: true, command: sleep 1000, stop_grace_period: 1s}
"""


def states(shore: Shore) -> dict[str, str]:
    return {row["Service"]: row["State"] for row in shore.ps("-a")}


def test_each_lets_go_on_what_the_other_paused(shore: Shore, compose: Compose) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    compose.ok("pause", "app")
    assert states(shore)["app"] == "paused"
    shore.ok("unpause")
    shore.ok("pause", "app")
    compose.ok("unpause", "app")
    assert states(shore) == {"app": "running", "other": "running"}
