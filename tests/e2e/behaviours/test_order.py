"""Order and health: what waits for what, and what is said when it waits in vain."""

from __future__ import annotations

import time

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

SLOW_DB = """
services:
  web:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    depends_on: {db: {condition: service_healthy}}
  db:
    image: python:3.11-slim
    init: true
    command: sh -c 'sleep 0.5; touch /ready; exec sleep 1000'
    healthcheck: {test: [CMD, test, -e, /ready], interval: 30s, timeout: 5s}
"""


def test_a_service_starts_when_its_dependency_is_healthy_not_when_the_interval_fires(shore: Shore) -> None:
    shore.write(compose=SLOW_DB)
    began = time.monotonic()
    shore.ok("up", "-d", "--wait")
    assert time.monotonic() - began < 25, "the declared interval is 30 s; health is seen eagerly"
    assert {row["Service"]: row["State"] for row in shore.ps()} == {"web": "running", "db": "running"}
    assert next(row for row in shore.ps() if row["Service"] == "db")["Health"] == "healthy"


def test_a_step_that_must_complete_runs_first(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  migrate:
    image: python:3.11-slim
    command: sh -c 'sleep 0.3; echo done > /shared/state'
    volumes: [shared:/shared]
  web:
    image: python:3.11-slim
    init: true
    command: sh -c 'cat /shared/state; exec sleep 1000'
    volumes: [shared:/shared]
    depends_on: {migrate: {condition: service_completed_successfully}}
volumes: {shared: {}}
"""
    )
    shore.ok("up", "-d", "--wait")
    assert "done" in shore.ok("logs", "--no-log-prefix", "web").out


def test_a_failing_step_stops_what_needs_it_and_says_why(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  migrate:
    image: python:3.11-slim
    command: sh -c 'echo "column does not exist" >&2; exit 3'
  web:
    image: python:3.11-slim
    command: sleep 1000
    depends_on: {migrate: {condition: service_completed_successfully}}
"""
    )
    done = shore.run("up", "-d")
    assert done.code == 1
    assert "migrate" in done.err
    assert "exited with code 3" in done.err
    assert "column does not exist" in done.err
    assert all(row["Service"] != "web" or row["State"] == "created" for row in shore.ps("-a"))


def test_a_gate_on_health_that_nobody_checks_fails_at_once(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  db: {image: 'python:3.11-slim', init: true, command: sleep 1000}
  web:
    image: python:3.11-slim
    command: sleep 1000
    depends_on: {db: {condition: service_healthy}}
"""
    )
    done = shore.run("up", "-d", timeout=60)
    assert done.code == 1
    assert "db" in done.err
    assert "has no health check" in done.err
    assert "service_started" in done.err


def test_wait_takes_a_one_shot_that_succeeds_as_ready(shore: Shore) -> None:
    shore.write(compose="services: {once: {image: 'python:3.11-slim', command: 'true'}}")
    shore.ok("up", "-d", "--wait")


def test_a_service_that_never_gets_healthy_is_named_with_the_output_of_its_check(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  api:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    healthcheck: {test: [CMD-SHELL, 'echo cannot reach the queue; exit 1'], interval: 300ms, timeout: 1s, retries: 2}
"""
    )
    done = shore.run("up", "-d", "--wait")
    assert done.code == 1
    assert "api: unhealthy" in done.err
    assert "cannot reach the queue" in done.err


def test_no_deps_starts_only_what_is_named(shore: Shore) -> None:
    shore.write(compose=SLOW_DB)
    shore.ok("up", "-d", "--no-deps", "web")
    assert [row["Service"] for row in shore.ps("-a")] == ["web"]


def test_a_declared_check_that_is_disabled_is_not_waited_for(shore: Shore) -> None:
    shore.write(
        compose=SLOW_DB.replace("service_healthy", "service_started").replace("interval: 30s, ", "disable: true, ")
    )
    shore.ok("up", "-d", "--wait")
    assert {row["Health"] for row in shore.ps()} == {""}


def test_up_waits_for_a_new_dependency_of_what_runs_on(shore: Shore) -> None:
    """As Docker Compose does: depends_on is no reason to recreate, yet `up -d` returns when its condition holds."""
    alone = SLOW_DB.replace("    depends_on: {db: {condition: service_healthy}}\n", "")
    shore.write(compose=alone[: alone.index("  db:")])
    shore.ok("up", "-d")
    before = shore.ps()[0]["ID"]
    shore.write(compose=SLOW_DB)
    said = shore.ok("up", "-d").err
    rows = {row["Service"]: row for row in shore.ps()}
    assert (rows["db"]["Health"], rows["web"]["ID"]) == ("healthy", before)
    assert "web: waiting" not in said
