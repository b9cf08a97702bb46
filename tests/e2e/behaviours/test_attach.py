"""`attach`: this process's streams joined to those of a service that runs."""

from __future__ import annotations

from subprocess import PIPE

import pytest

from tests.cli.test_on_a_terminal import Terminal
from tests.shore import Shore

pytestmark = pytest.mark.e2e

READS = """
services:
  reads:
    image: python:3.11-slim
    stdin_open: true
    command: sh -c 'read a; echo got $$a; read b; echo and $$b >&2; exit 5'
"""
TALKS = """
services:
  talks: {image: 'python:3.11-slim', stdin_open: true, tty: true, command: python -q}
"""


def test_what_comes_here_goes_to_the_service_and_its_end_is_ours(shore: Shore) -> None:
    shore.write(compose=READS)
    shore.ok("up", "-d")
    done = shore.run("attach", "reads", stdin="one\ntwo\n")
    assert (done.code, done.out, done.err) == (5, "got one\n", "and two\n")


def test_the_end_of_what_comes_is_not_the_end_of_what_it_reads(shore: Shore) -> None:
    """Another may attach, and go on."""
    shore.write(compose=READS)
    shore.ok("up", "-d")
    with shore.start("attach", "reads", stdin=PIPE, stdout=PIPE) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        first.stdin.write("one\n")
        first.stdin.close()
        assert first.stdout.readline() == "got one\n"
        assert shore.run("attach", "reads", stdin="two\n").code == 5
        assert first.wait(60) == 5


def test_on_a_terminal_it_is_left_by_keys_and_goes_on(shore: Shore) -> None:
    shore.write(compose=TALKS)
    shore.ok("up", "-d")
    terminal = Terminal(shore, "attach", "talks")
    try:
        terminal.type("print(6 * 7)\n")
        terminal.until(r"\n42\r")
        terminal.type("\x10\x11")
        assert terminal.end() == 0
    finally:
        terminal.close()
    assert [row["State"] for row in shore.ps()] == ["running"]
    again = Terminal(shore, "attach", "--detach-keys", "ctrl-x", "talks")
    try:
        again.type("print('seven' + 'ty')\n")
        again.until(r"\nseventy\r")
        again.type("raise SystemExit(9)\n")
        assert again.end() == 9
    finally:
        again.close()
