"""exec and run: exit codes, streams, overrides."""

from __future__ import annotations

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

APP = """
services:
  app: {image: 'python:3.11-slim', init: true, command: sleep 1000, environment: {BASE: file}}
"""


@pytest.fixture
def app(shore: Shore) -> Shore:
    shore.write(compose=APP)
    shore.ok("up", "-d")
    return shore


def test_exec_returns_the_commands_exit_code(app: Shore) -> None:
    assert app.run("exec", "-T", "app", "sh", "-c", "exit 7").code == 7


def test_exec_keeps_stdout_and_stderr_apart_and_passes_stdin(app: Shore) -> None:
    done = app.ok("exec", "-T", "app", "sh", "-c", "cat; echo oops >&2", stdin="through\n")
    assert done.out == "through\n"
    assert "oops" in done.err


def test_exec_carries_much_data_whole(app: Shore) -> None:
    count = 3_000_000
    done = app.ok("exec", "-T", "app", "python", "-c", f"import sys; sys.stdout.write('x' * {count})")
    assert len(done.out) == count
    assert app.ok("exec", "-T", "app", "wc", "-c", stdin="y" * 300_000).out.strip() == "300000"


def test_exec_takes_user_directory_and_variables(app: Shore) -> None:
    done = app.ok("exec", "-T", "-u", "33", "-w", "/usr", "-e", "MORE=1", "app", "sh", "-c", "id -u; pwd; echo $MORE")
    assert done.out.split() == ["33", "/usr", "1"]


def test_exec_in_a_service_that_does_not_run_says_so(app: Shore) -> None:
    app.ok("stop", "-t", "1")
    done = app.run("exec", "-T", "app", "true")
    assert done.code == 1
    assert "not running" in done.err


def test_a_command_that_is_not_there_gives_127(app: Shore) -> None:
    assert app.run("exec", "-T", "app", "no-such-command").code in (126, 127)


def test_run_is_a_container_of_its_own(app: Shore) -> None:
    done = app.ok("run", "--rm", "-T", "-e", "BASE=changed", "app", "sh", "-c", "echo $BASE; hostname")
    value, host = done.out.split()
    assert value == "changed"
    assert host != app.ok("exec", "-T", "app", "hostname").out.strip()
    assert [row["Service"] for row in app.ps("-a")] == ["app"], "--rm leaves nothing"


def test_run_returns_the_exit_code_and_takes_stdin(app: Shore) -> None:
    assert app.run("run", "--rm", "-T", "app", "sh", "-c", "exit 9").code == 9
    assert app.ok("run", "--rm", "-T", "app", "cat", stdin="piped").out == "piped"


def test_run_starts_what_the_service_needs(shore: Shore) -> None:
    shore.write(compose=APP + "  job: {image: 'python:3.11-slim', command: echo worked, depends_on: [app]}\n")
    assert shore.ok("run", "--rm", "-T", "job").out.strip() == "worked"
    assert [row["Service"] for row in shore.ps()] == ["app"]
