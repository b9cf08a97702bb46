"""down, stop, start, restart, kill, rm: what is done and what is said."""

from __future__ import annotations

import re

import pytest

from longshore.model.errors import ShoreError
from longshore.model.record import replace
from tests.cli.conftest import Stage
from tests.cli.scenes import Scene, gallery


@pytest.fixture
def up(shore: Stage) -> Scene:
    scene = shore.set(gallery())
    assert shore("up", "-d", "--wait").code == 0
    scene.engine.calls.clear()
    return scene


def test_down_stops_dependents_first_and_keeps_data(shore: Stage, up: Scene) -> None:
    said = shore("down")
    assert said.code == 0
    calls = up.engine.calls
    stops = [call for call in calls if call.startswith("stop")]
    assert stops == [f"stop demo-{name}-1" for name in ("nginx", "frontend", "backend", "db")]
    assert calls[-2:] == ["remove network demo_default", "finish demo"]
    last = said.screen.splitlines()[-1]
    assert last == "down in N s · data stays: demo_postgres_data (shore down -v removes it)"


def test_down_with_volumes(shore: Stage, up: Scene) -> None:
    said = shore("down", "-v")
    assert "remove volume demo_postgres_data" in up.engine.calls
    assert "volume demo_postgres_data: removed" in said.err
    assert "data stays" not in said.err


def test_down_of_nothing(shore: Stage) -> None:
    scene = shore.set(gallery())
    said = shore("down")
    assert (said.code, said.err) == (0, "nothing to take down\n")
    assert scene.engine.calls == ["finish demo"]


def test_down_dry_run(shore: Stage, up: Scene) -> None:
    lines = shore("down", "--dry-run").out.splitlines()
    assert re.fullmatch(r"1  stop +nginx-1", lines[0])
    assert re.fullmatch(r"9  remove network demo_default +after 5, 6, 7, 8", lines[-1])
    assert up.engine.calls == []


def test_down_of_some_keeps_the_rest(shore: Stage, up: Scene) -> None:
    shore("down", "nginx")
    assert set(up.engine.containers) == {"demo-db-1", "demo-backend-1", "demo-frontend-1"}
    assert "finish demo" not in up.engine.calls


def test_stop_start_restart(shore: Stage, up: Scene) -> None:
    assert shore("stop", "-t", "1m30s").code == 0
    assert {c.state for c in up.engine.containers.values()} == {"exited"}
    assert shore("stop").err == "nothing runs\n"
    said = shore("start")
    assert said.code == 0
    assert "nginx: running" in said.err
    assert "failed" not in said.err
    assert shore("start").err == "everything runs already\n"
    up.engine.calls.clear()
    said = shore("restart", "backend")
    assert up.engine.calls == ["stop demo-backend-1", "start demo-backend-1"]
    assert said.err.splitlines()[0] == "backend: restarting"


def test_start_without_containers(shore: Stage) -> None:
    shore.set(gallery())
    assert shore("start").failure == "✗ there is no container to start\n  make and start them: shore up -d\n"


def test_kill_with_a_signal_by_any_of_its_names(shore: Stage, up: Scene) -> None:
    for name in ("HUP", "sighup", "SIGHUP"):
        up.engine.calls.clear()
        shore("up", "-d")
        shore("kill", "-s", name, "db")
        assert up.engine.calls[-1] == "kill demo-db-1 SIGHUP"


def test_kill_knows_real_time_signals(shore: Stage, up: Scene) -> None:
    for name, number in (("SIGRTMIN+1", 35), ("rtmax-2", 62), ("RTMIN", 34)):
        shore("up", "-d")
        shore("kill", "-s", name, "db")
        assert up.engine.calls[-1] == f"kill demo-db-1 {number}"


def test_what_is_not_in_the_file_is_left_alone(shore: Stage, up: Scene) -> None:
    old = replace(up.engine.containers["demo-db-1"], id="old", name="demo-old-1", service="old")
    for words in (("stop",), ("restart",), ("pause",), ("kill",), ("rm", "-sf")):
        up.engine.containers["demo-old-1"] = old
        up.engine.calls.clear()
        assert shore(*words).code == 0
        assert not [call for call in up.engine.calls if "demo-old-1" in call], words
        assert up.engine.containers["demo-old-1"] == old
    for words in (("stop",), ("restart",), ("pause",), ("kill",), ("rm", "-sf"), ("logs",), ("down",)):
        said = shore(*words, "old")
        assert said.code == 1, words
        assert said.err.startswith('✗ there is no service "old"'), "by name it is refused, as by Docker Compose"
        assert up.engine.containers["demo-old-1"] == old


def test_start_takes_along_what_is_needed(shore: Stage, up: Scene) -> None:
    shore("stop")
    up.engine.calls.clear()
    shore("start", "backend")
    assert [call for call in up.engine.calls if call.startswith("start")] == [
        "start demo-db-1", "start demo-backend-1",
    ]  # fmt: skip


def test_without_a_file_commands_work_on_what_is_there(
    shore: Stage, up: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.flow.home.load_if_there", lambda where: None)
    for command, state in (("stop", "exited"), ("start", "running"), ("restart", "running")):
        assert shore("-p", "demo", command).code == 0
        assert {c.state for c in up.engine.containers.values()} == {state}


def test_pause_and_unpause(shore: Stage, up: Scene) -> None:
    assert shore("unpause").err == "nothing is paused\n"
    assert "db: paused" in shore("pause", "db").err
    assert up.engine.containers["demo-db-1"].state == "paused"
    assert "db: running" in shore("unpause").err
    assert up.engine.containers["demo-db-1"].state == "running"
    assert shore("pause", "ngnix").failure == '✗ there is no service "ngnix"\n  did you mean nginx?\n'


def test_rmi_says_what_became_of_each_image(shore: Stage, up: Scene) -> None:
    up.engine.held.add("db:1")
    said = shore("down", "--rmi", "all")
    assert said.code == 0
    assert "image db:1: stays: something else uses it" in said.err
    assert "image nginx:1: removed" in said.err
    assert up.engine.calls.index("remove demo-db-1") < up.engine.calls.index("remove image db:1")


def test_rm_asks_and_takes_force(shore: Stage, up: Scene) -> None:
    assert shore("rm").err == "no stopped container\n"
    shore("stop", "nginx")
    refused = shore("rm")
    assert refused.code == 1
    assert refused.err.splitlines()[0] == "✗ nobody is here to answer: remove demo-nginx-1?"
    said = shore("rm", "-f")
    assert (said.code, said.out) == (0, "Going to remove demo-nginx-1\n"), "as Docker Compose has it on stdout"
    assert "demo-nginx-1" not in up.engine.containers
    assert shore("rm", "-sf", "frontend").code == 0
    assert "demo-frontend-1" not in up.engine.containers


def test_a_service_that_is_not_there(shore: Stage, up: Scene) -> None:
    for command in ("stop", "start", "restart", "kill", "down", "logs", "ps"):
        said = shore(command, "ngnix")
        assert (said.code, said.err) == (1, '✗ there is no service "ngnix"\n  did you mean nginx?\n'), command


def test_an_engine_that_fails_half_way(shore: Stage, up: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise ShoreError("demo-db-1 cannot be stopped: the agent does not answer", hint="see shore ps")

    monkeypatch.setattr(up.engine, "stop", fail)
    said = shore("stop", "db")
    assert said.code == 1
    assert said.err.splitlines()[-2:] == [
        "✗ demo-db-1 cannot be stopped: the agent does not answer",
        "  see shore ps",
    ]
