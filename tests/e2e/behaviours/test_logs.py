"""Logs: of all or one, the last lines, time stamps, following, and after the end."""

from __future__ import annotations

import re
import time

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

TALKERS = """
services:
  a: {image: 'python:3.11-slim', command: sh -c 'for i in 1 2 3 4 5; do echo a$$i; done'}
  b: {image: 'python:3.11-slim', command: sh -c 'echo b1'}
"""


@pytest.fixture
def talked(shore: Shore) -> Shore:
    shore.write(compose=TALKERS)
    shore.ok("up", "-d", "--wait")
    return shore


@pytest.mark.shows("B8")
def test_lines_of_all_and_of_one(talked: Shore) -> None:
    everything = talked.ok("logs").out
    assert re.search(r"^a(-1)? +. ?a3$", everything, re.MULTILINE)
    assert "b1" in everything
    only = talked.ok("logs", "--no-log-prefix", "b").out
    assert only == "b1\n"


@pytest.mark.shows("B8")
def test_the_last_lines_in_their_order(talked: Shore) -> None:
    lines = talked.ok("logs", "--no-log-prefix", "--tail", "3", "a").out.split()
    assert lines == ["a3", "a4", "a5"]


@pytest.mark.shows("B8")
def test_time_stamps_are_rfc_3339(talked: Shore) -> None:
    for line in talked.ok("logs", "-t", "--no-log-prefix", "a").out.splitlines():
        assert re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d) ", line)


@pytest.mark.shows("B8")
def test_since_leaves_out_what_is_older(talked: Shore) -> None:
    time.sleep(1.1)
    assert talked.ok("logs", "--since", "1s").out == ""


@pytest.mark.shows("B8")
def test_follow_shows_lines_as_they_come_and_ends_with_the_services(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  slow: {image: 'python:3.11-slim', init: true, command: "sh -c 'echo first; sleep 2; echo second'"}
"""
    )
    shore.ok("up", "-d")
    done = shore.ok("logs", "-f", "--no-log-prefix", timeout=60)
    assert done.out.split() == ["first", "second"]


@pytest.mark.shows("B8")
def test_a_very_long_line_stays_one_line(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  long: {image: 'python:3.11-slim', command: [python, -c, "print('z' * 50000)"]}
"""
    )
    shore.ok("up", "-d", "--wait")
    lines = shore.ok("logs", "--no-log-prefix").out.splitlines()
    assert [len(line) for line in lines] == [50_000]


@pytest.mark.shows("B8")
def test_up_attached_shows_logs_and_returns_the_code_asked_for(shore: Shore) -> None:
    shore.write(compose="services: {test: {image: 'python:3.11-slim', command: \"sh -c 'echo ran; exit 4'\"}}")
    done = shore.run("up", "--exit-code-from", "test")
    assert done.code == 4
    assert "ran" in done.text
