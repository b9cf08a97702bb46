"""Bad luck while a stack comes up or runs: a taken port, a service that dies, kills, two at once, no network."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.torture import processes, role
from tests.shore import Shore

pytestmark = pytest.mark.e2e


def agents(shore: Shore) -> list[int]:
    """The agents of this test's stacks: processes that name its private state folder and have no agent as parent."""
    state = str(shore.home / "state")
    return [int(p.name) for p in processes() if role(p, "no such mark", state) == "agent"]


def test_a_taken_port_names_its_holder_before_anything_starts(shore: Shore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        shore.write(
            compose="services:\n  web:\n    image: python:3.11-slim\n    command: sleep 99\n"
            f"    ports:\n      - 127.0.0.1:{port}:80\n"
        )
        done = shore.run("up", "-d")
        assert done.code == 1
        assert f"port {port} is taken by" in done.err
        assert f"pid {os.getpid()}" in done.err
        assert "compose.yaml:6" in done.err
        assert "--ports auto" in done.err
        assert shore.ps("-a") == []
        shore.ok("up", "-d", "--ports", "auto")
        assert shore.port("web", 80) != port


def test_a_service_that_exits_at_once_shows_its_last_lines(shore: Shore) -> None:
    shore.write(
        compose="""\
services:
  db:
    image: python:3.11-slim
    command: python -c "import sys; print('password authentication failed'); sys.exit(3)"
    healthcheck: {test: ["CMD", "test", "-e", "/ready"], interval: 30s}
  app:
    image: python:3.11-slim
    command: sleep 100
    init: true
    depends_on: {db: {condition: service_healthy}}
"""
    )
    done = shore.run("up", "-d", "--wait")
    assert done.code == 1
    assert "exited with code 3" in done.err
    assert "password authentication failed" in done.err
    assert re.search(r"app.*not started", done.err)


def test_a_one_shot_that_ends_with_zero_is_success(shore: Shore) -> None:
    shore.write(
        compose="""\
services:
  job: {image: "python:3.11-slim", command: python -c "print('done')"}
  app:
    image: python:3.11-slim
    command: sleep 100
    init: true
    depends_on: {job: {condition: service_completed_successfully}}
"""
    )
    assert shore.ok("up", "-d", "--wait").code == 0


def test_the_agent_loses_its_socket_and_is_killed(stack: Shore) -> None:
    stack.ok("up", "-d", "--wait")
    stack.ok("exec", "-T", "two", "sh", "-c", "echo row > /kept/row")
    (agent,) = agents(stack)
    (stack.home / "state/longshore" / stack.project / "agent.sock").unlink()
    assert [row["State"] for row in stack.ps()] == ["running", "running"], "an agent opens a socket that is gone again"
    assert agents(stack) == [agent]
    os.kill(agent, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while agents(stack) and time.monotonic() < deadline:
        time.sleep(0.02)
    told = stack.run("ps", "-a")
    assert "agent" in told.err
    assert "running" not in told.out
    stack.ok("up", "-d", "--wait")
    assert stack.ok("exec", "-T", "two", "cat", "/kept/row").out.strip() == "row"
    assert len(agents(stack)) == 1


def test_two_at_once_end_well(stack: Shore) -> None:
    both = [stack.start("up", "-d", "--wait", stderr=subprocess.PIPE) for _ in range(2)]
    outcomes = [(process.communicate(timeout=120)[1], process.returncode) for process in both]
    assert all(code == 0 or "another" in err for err, code in outcomes), outcomes
    assert any(code == 0 for _, code in outcomes)
    assert len(agents(stack)) == 1
    assert len(stack.ps()) == 2


def test_ctrl_c_in_attached_mode_stops_everything(stack: Shore) -> None:
    with stack.start("up", stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        seen = ""
        while "two is here" not in seen:
            line = process.stdout.readline()
            assert line, f"up ended before the service spoke:\n{seen}"
            seen += line
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert [row["State"] for row in stack.ps("-a")] == ["exited", "exited"]


def test_offline_without_a_cache_says_what_is_needed(stack: Shore, tmp_path: Path) -> None:
    stack.cache = str(tmp_path / "empty-cache")
    done = stack.run("--offline", "up", "-d")
    assert done.code == 1
    assert "is not in the cache, and --offline forbids a download" in done.err
    assert stack.ps("-a") == []


def test_offline_works_from_the_cache(stack: Shore) -> None:
    stack.ok("up", "-d", "--wait")
    stack.ok("down")
    stack.ok("--offline", "up", "-d", "--wait")


def test_a_chatty_service_does_not_fill_the_disk(shore: Shore) -> None:
    shore.write(
        compose="""\
services:
  chatty:
    image: python:3.11-slim
    command: sh -c "yes 0123456789abcdef | head -c 20000000; echo; echo the end; sleep 99"
    init: true
    logging: {options: {max-size: 1m, max-file: "2"}}
"""
    )
    shore.ok("up", "-d")
    deadline = time.monotonic() + 150  # more than a million lines: a machine with other work needs long for them
    while "the end" not in shore.ok("logs", "--tail", "1").out:
        assert time.monotonic() < deadline, "the service is blocked by its own log"
        time.sleep(0.5)
    kept = sum(path.stat().st_size for path in (shore.home / "state").rglob("*") if path.is_file())
    assert kept < 6 << 20
