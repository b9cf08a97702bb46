"""A network that takes the place of an earlier one. As in Docker Compose 2.40.3 the containers on it stay the same;
unlike there they keep their names on it."""

from __future__ import annotations

import pytest

from tests.e2e.behaviours.test_life import ids
from tests.shore import Shore

pytestmark = pytest.mark.e2e

TWO = """
services:
  web: {image: 'python:3.11-slim', init: true, command: sleep 1000, networks: {back: {aliases: [shop]}}}
  db: {image: 'python:3.11-slim', init: true, command: sleep 1000, networks: [back]}
  apart: {image: 'python:3.11-slim', init: true, command: sleep 1000}
networks:
  back: {}
"""


def test_a_changed_network_is_made_anew_with_its_cause(shore: Shore) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    shore.ok("exec", "-T", "web", "touch", "/inside")
    before = ids(shore)
    shore.write(compose=TWO.replace("back: {}", "back: {internal: true}"))
    plan = [line.split(maxsplit=3) for line in shore.ok("up", "-d", "--dry-run").out.splitlines()]
    assert [words[1] for words in plan] == ["stop", "stop", "remove", "create", "start", "start", "up"]
    assert "internal added (compose.yaml:7)" in plan[2][3]
    assert plan[-1][0] == "apart:"
    shore.ok("up", "-d")
    assert ids(shore) == before, "as with Docker Compose the containers stay"
    shore.ok("exec", "-T", "web", "test", "-e", "/inside")
    for name in ("web", "shop"):
        assert shore.ok("exec", "-T", "db", "getent", "hosts", name).out, "its names lead there again"
    assert "up to date" in shore.ok("up", "-d").err
