"""Commands about a project whose Compose file is not here: by its name, as the engine knows it."""

from __future__ import annotations

import json

import pytest

from longshore.state.events import LogLine
from tests.cli.conftest import Stage
from tests.cli.scenes import Scene, gallery


@pytest.fixture
def gone(shore: Stage) -> Scene:
    """The gallery runs, and its file was moved away."""
    scene = shore.set(gallery())
    assert shore("up", "-d", "--wait").code == 0
    scene.stack = None  # type: ignore[assignment]
    scene.engine.forget()
    return scene


def test_what_runs_is_shown(shore: Stage, gone: Scene) -> None:
    rows = [json.loads(line) for line in shore("-p", "demo", "ps", "--format", "json").out.splitlines()]
    assert sorted(row["Service"] for row in rows) == ["backend", "db", "frontend", "nginx"]
    assert len(shore("-p", "demo", "ps", "--orphans=false", "-q").out.splitlines()) == 4, "nothing says what is one"
    assert shore("-p", "demo", "images").out.count("demo-") == 4
    gone.engine.written.append(LogLine("db", "demo-db-1", "hello", 1.0))
    assert "hello" in shore("-p", "demo", "logs").out
    assert "hello" in shore("-p", "demo", "logs", "db").out
    assert "hello" not in shore("-p", "demo", "logs", "nginx").out


def test_it_is_stopped_and_started(shore: Stage, gone: Scene) -> None:
    assert shore("-p", "demo", "stop").code == 0
    assert {one.state for one in gone.engine.containers.values()} == {"exited"}
    assert shore("-p", "demo", "start", "db").code == 0
    running = [one.service for one in gone.engine.containers.values() if one.state == "running"]
    assert running == ["db"], "what it needs stands in the file"
    assert shore("-p", "demo", "start").code == 0
    assert {one.state for one in gone.engine.containers.values()} == {"running"}


def test_it_is_taken_down(shore: Stage, gone: Scene) -> None:
    assert shore("-p", "demo", "down").code == 0
    assert gone.engine.containers == {}
    assert list(gone.engine.kept) == ["demo_postgres_data"]
