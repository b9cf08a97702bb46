"""pause and unpause: what is paused does nothing, keeps everything, and can be ended."""

from __future__ import annotations

import subprocess
import time

import pytest

from tests.shore import Shore

from .test_life import eventually, ids

pytestmark = pytest.mark.e2e

TWO = """
services:
  app:
    image: python:3.11-slim
    init: true
    stop_grace_period: 40s
    command: [python, -uc, "import time\\nwhile True: time.sleep(0.05); print('tick')"]
  other: {image: 'python:3.11-slim', init: true, command: sleep 1000, stop_grace_period: 1s}
"""
CHECKED = """
services:
  app:
    image: python:3.11-slim
    init: true
    stop_grace_period: 1s
    command: sleep 1000
    healthcheck: {test: [CMD, sh, -c, 'echo probe >> /probes'], interval: 0.3s, timeout: 1s, retries: 1}
  after: {image: 'python:3.11-slim', init: true, command: sleep 1000, depends_on: {app: {condition: service_healthy}}}
"""


@pytest.fixture
def two(shore: Shore) -> Shore:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    return shore


def states(shore: Shore) -> dict[str, str]:
    return {row["Service"]: row["State"] for row in shore.ps("-a")}


def ticks(shore: Shore) -> int:
    return shore.ok("logs", "app").out.count("tick")


def test_what_is_paused_stays_so_until_it_is_let_go_on(two: Shore) -> None:
    eventually(lambda: ticks(two) > 3)
    before = ids(two)
    assert "app: paused" in two.ok("pause", "app").err
    assert states(two) == {"app": "paused", "other": "running"}
    assert "(Paused)" in next(row for row in two.ps() if row["Service"] == "app")["Status"]
    time.sleep(0.3)  # what was written already
    said = ticks(two)
    time.sleep(0.5)
    assert ticks(two) == said, "it goes on writing"
    assert "1  unpause" in two.ok("unpause", "--dry-run").out
    two.ok("unpause")
    assert states(two) == {"app": "running", "other": "running"}
    eventually(lambda: ticks(two) > said)
    assert ids(two) == before


def test_what_is_so_already_is_said(two: Shore) -> None:
    assert two.ok("unpause").err == "nothing is paused\n"
    two.ok("pause")
    assert two.ok("pause").err == "nothing runs\n"
    assert states(two) == {"app": "paused", "other": "paused"}


def test_exec_in_what_is_paused_says_what_to_do(two: Shore) -> None:
    two.ok("pause", "app")
    refused = two.run("exec", "-T", "app", "true")
    assert refused.code == 1
    assert f"app: {two.project}-app-1 is paused" in refused.err
    assert "shore unpause app" in refused.err
    two.ok("unpause")
    two.ok("exec", "-T", "app", "true")


def test_a_command_inside_is_held_too(two: Shore) -> None:
    command = two.start("exec", "-T", "other", "sh", "-c", "echo a; sleep 3; echo b", stdout=subprocess.PIPE)
    assert command.stdout
    assert command.stdout.readline() == "a\n"
    two.ok("pause", "other")
    time.sleep(3.5)
    assert command.poll() is None
    two.ok("unpause")
    assert command.communicate(timeout=20)[0] == "b\n"


def test_up_lets_a_paused_service_go_on_and_down_takes_it(two: Shore) -> None:
    before = ids(two)
    two.ok("pause")
    two.ok("up", "-d", "--wait")
    assert states(two) == {"app": "running", "other": "running"}
    assert ids(two) == before
    two.ok("pause")
    two.ok("down", "-t", "1")
    assert states(two) == {}


@pytest.mark.parametrize("way", [("stop", "-t", "40"), ("kill",), ("kill", "-s", "TERM"), ("rm", "-sf")])
def test_what_is_paused_can_be_ended(two: Shore, way: tuple[str, ...]) -> None:
    two.ok("pause", "app")
    began = time.monotonic()
    two.ok(*way, "app")
    eventually(lambda: states(two).get("app") in (None, "exited"))
    assert time.monotonic() - began < 30, "it ended by the grace period's end, not by its signal"
    assert states(two)["other"] == "running"


def test_what_is_paused_can_be_restarted_and_recreated(two: Shore) -> None:
    two.ok("pause", "app")
    two.ok("restart", "app")
    assert states(two)["app"] == "running"
    two.ok("pause", "app")
    two.write(compose=TWO.replace("'tick'", "'tick tock'"))
    two.ok("up", "-d")
    eventually(lambda: "tick tock" in two.ok("logs", "app").out)


def test_a_signal_lets_it_go_on(two: Shore) -> None:
    two.ok("pause", "app")
    two.ok("kill", "-s", "WINCH", "app")
    assert states(two)["app"] == "running"
    said = ticks(two)
    eventually(lambda: ticks(two) > said)


def test_logs_follow_over_a_pause(two: Shore) -> None:
    follower = two.start("logs", "-f", "--no-log-prefix", "--tail", "0", "app", stdout=subprocess.PIPE)
    assert follower.stdout
    assert follower.stdout.readline() == "tick\n"
    two.ok("pause", "app")
    time.sleep(0.5)
    assert follower.poll() is None
    two.ok("unpause")
    two.ok("stop", "-t", "1", "app")
    assert "tick" in follower.communicate(timeout=20)[0]


def test_health_is_kept_and_not_asked_for(shore: Shore, engine: str) -> None:
    if engine == "docker":
        pytest.skip("Docker calls a service unhealthy as soon as it is paused")
    shore.write(compose=CHECKED)
    shore.ok("up", "-d", "--wait")
    shore.ok("pause", "app")
    time.sleep(1.5)
    assert next(row for row in shore.ps() if row["Service"] == "app")["Health"] == "", "as Compose: of what runs"
    shore.ok("unpause")
    assert next(row for row in shore.ps() if row["Service"] == "app")["Health"] == "healthy"
    probes = int(shore.ok("exec", "-T", "app", "sh", "-c", "wc -l < /probes").out)
    eventually(lambda: int(shore.ok("exec", "-T", "app", "sh", "-c", "wc -l < /probes").out) > probes)


def test_up_goes_on_with_what_depends_on_a_paused_service(shore: Shore) -> None:
    shore.write(compose=CHECKED)
    shore.ok("up", "-d", "--wait", "app")
    shore.ok("pause", "app")
    shore.ok("up", "-d", "--wait")
    assert states(shore) == {"app": "running", "after": "running"}
