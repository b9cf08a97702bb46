"""What is known of a project when its rows are opened."""

from __future__ import annotations

import sys
from argparse import Namespace

import pytest

from longshore.cli.display import ready_of, screen_of
from longshore.state.observed import Container
from tests.plan.make import observed


@pytest.mark.parametrize(
    ("state", "health", "ready"),
    [
        ("running", "", True),
        ("running", "healthy", True),
        ("running", "starting", False),
        ("running", "unhealthy", False),
        ("exited", "", False),
        ("paused", "", False),
    ],
)
def test_ready_is_what_runs_and_is_not_known_to_be_unready(state: str, health: str, ready: bool) -> None:
    one = Container("1", "demo-a-1", "a", state=state, health=health)  # type: ignore[arg-type]
    assert ready_of(observed(one)) == (frozenset({"a"}) if ready else frozenset())


@pytest.mark.parametrize("out", [True, False])
def test_colour_is_for_the_stream_that_is_a_terminal(monkeypatch: pytest.MonkeyPatch, out: bool) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: out)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: not out)
    args = Namespace(ansi="auto")
    assert screen_of(args, out=out).colour
    assert not screen_of(args, out=not out).colour
    assert not screen_of(Namespace(ansi="always", no_color=True), out=out).colour


def test_all_of_a_services_containers_count_and_one_offs_do_not() -> None:
    first, second = Container("1", "demo-a-1", "a", state="running"), Container("2", "demo-a-2", "a", 2)
    assert ready_of(observed(first, second)) == frozenset()
    oneoff = Container("3", "demo-a-run-1", "a", oneoff=True)
    other = Container("4", "demo-b-run-1", "b", state="running", oneoff=True)
    assert ready_of(observed(first, oneoff, other)) == {"a"}
