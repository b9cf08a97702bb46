"""Restart, stop, recreate, scale, orphans, profiles: what changes, and what is left alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

TWO = """
services:
  web: {image: 'python:3.11-slim', init: true, command: sleep 1000, environment: {V: "1"}, depends_on: [db]}
  db: {image: 'python:3.11-slim', init: true, command: sleep 1000}
"""


def ids(shore: Shore) -> dict[str, str]:
    return {row["Name"].split("-", 1)[1]: row["ID"] for row in shore.ps("-a")}


def eventually(check: Callable[[], Any], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.1)


def state(shore: Shore, service: str) -> str:
    return str(next(row for row in shore.ps("-a") if row["Service"] == service)["State"])


def test_up_twice_changes_nothing(shore: Shore) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    before = ids(shore)
    assert "up to date" in shore.ok("up", "-d").err
    assert ids(shore) == before


def test_only_what_changed_is_recreated_and_the_cause_is_told(shore: Shore) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    before = ids(shore)
    shore.write(compose=TWO.replace('V: "1"', 'V: "2"'))
    plan = shore.ok("up", "-d", "--dry-run").text
    assert "environment V changed" in plan
    assert ids(shore) == before, "a dry run does nothing"
    shore.ok("up", "-d")
    after = ids(shore)
    assert after["db-1"] == before["db-1"]
    assert after["web-1"] != before["web-1"]
    assert shore.ok("exec", "-T", "web", "printenv", "V").out.strip() == "2"


def test_stop_and_start_keep_the_container(shore: Shore) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    shore.ok("exec", "-T", "web", "touch", "/inside")
    before = ids(shore)
    shore.ok("stop", "-t", "1", "web")
    assert state(shore, "web") == "exited"
    assert state(shore, "db") == "running"
    shore.ok("start", "web")
    assert ids(shore) == before
    shore.ok("exec", "-T", "web", "test", "-e", "/inside")


def test_stop_sends_the_stop_signal_and_waits(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  app:
    image: python:3.11-slim
    stop_signal: SIGUSR1
    stop_grace_period: 20s
    command:
      - python
      - -c
      - |
        import signal, sys, time
        signal.signal(signal.SIGUSR1, lambda *_: (time.sleep(0.5), print('finished', flush=True), sys.exit(0)))
        print('ready', flush=True)
        while True: time.sleep(0.1)
"""
    )
    shore.ok("up", "-d")
    eventually(lambda: "ready" in shore.ok("logs").out)
    shore.ok("stop")
    assert "finished" in shore.ok("logs").out
    assert next(iter(shore.ps("-a")))["ExitCode"] == 0


def test_what_ignores_the_signal_is_killed_after_the_grace_period(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  deaf:
    image: python:3.11-slim
    stop_grace_period: 1s
    command: sh -c 'trap "" TERM; while :; do sleep 0.1; done'
"""
    )
    shore.ok("up", "-d")
    began = time.monotonic()
    shore.ok("stop")
    assert 0.8 < time.monotonic() - began < 9
    assert next(iter(shore.ps("-a")))["ExitCode"] == 137


def test_a_failing_service_is_restarted_as_its_policy_says(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  flaky:
    image: python:3.11-slim
    restart: on-failure
    volumes: [state:/state]
    command: sh -c 'echo x >> /state/runs; [ $$(wc -l < /state/runs) -ge 3 ] || exit 1; exec sleep 1000'
    init: true
volumes: {state: {}}
"""
    )
    shore.run("up", "-d")
    eventually(lambda: shore.run("exec", "-T", "flaky", "grep", "-c", "x", "/state/runs").out.strip() == "3")
    assert state(shore, "flaky") == "running"


def test_kill_sends_the_signal_asked_for(shore: Shore) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    shore.ok("kill", "-s", "KILL", "web")
    eventually(lambda: state(shore, "web") == "exited")
    assert next(row for row in shore.ps("-a") if row["Service"] == "web")["ExitCode"] == 137


def test_scale_up_and_down_keeps_the_first(shore: Shore) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d", "--scale", "web=3")
    before = ids(shore)
    assert {name for name in before if name.startswith("web")} == {"web-1", "web-2", "web-3"}
    shore.ok("up", "-d", "--scale", "web=1")
    assert ids(shore) == {name: before[name] for name in ("web-1", "db-1")}


def test_orphans_are_told_of_and_removed_when_asked(shore: Shore) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    shore.write(compose="services: {db: {image: 'python:3.11-slim', init: true, command: sleep 1000}}")
    assert "web-1" in shore.ok("up", "-d").err
    assert "web-1" in ids(shore)
    shore.ok("up", "-d", "--remove-orphans")
    assert set(ids(shore)) == {"db-1"}


def test_profiles_leave_out_what_is_not_asked_for(shore: Shore) -> None:
    tool = "  tool: {image: 'python:3.11-slim', init: true, command: sleep 1000, profiles: [debug]}\n"
    shore.write(compose=TWO + tool)
    shore.ok("up", "-d")
    assert set(ids(shore)) == {"web-1", "db-1"}
    shore.ok("--profile", "debug", "up", "-d")
    assert set(ids(shore)) == {"web-1", "db-1", "tool-1"}


def test_down_removes_all_and_a_second_down_is_fine(shore: Shore) -> None:
    shore.write(compose=TWO)
    shore.ok("up", "-d")
    shore.ok("down", "-t", "1")
    assert shore.ps("-a") == []
    shore.ok("down")


def test_an_image_is_built_from_a_dockerfile_and_built_again_when_it_changes(shore: Shore) -> None:
    shore.write(compose="services: {app: {build: ., init: true, command: sleep 1000}}")
    dockerfile = "FROM python:3.11-slim\nWORKDIR /app\nCOPY word .\nRUN sed s/a/o/ word > other\n"
    shore.write(Dockerfile=dockerfile, word="cat\n")
    shore.ok("up", "-d")
    assert shore.ok("exec", "-T", "app", "cat", "other").out.strip() == "cot"
    shore.write(word="bat\n")
    shore.ok("up", "-d", "--build")
    assert shore.ok("exec", "-T", "app", "cat", "other").out.strip() == "bot"
