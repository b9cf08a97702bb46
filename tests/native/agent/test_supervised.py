"""One container's life: start, end, restart, pause, stop, cancellation, crash; with processes but no namespaces."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Hook, RestartPolicy
from longshore.native.agent.container import launch
from longshore.native.agent.container.commands import Wanted
from longshore.native.agent.container.supervised import Supervised
from longshore.native.agent.project import Project
from longshore.native.shared.cgroups import ControlGroup
from longshore.native.shared.places import Places
from longshore.native.shared.spec import MountSpec
from longshore.state.events import ContainerDied, ContainerRestarting, ContainerStopped
from tests.native.agent.fakes import FakeHub, FakeZygote, Listening, container, spec_of, until

IGNORES_TERM = "trap '' TERM; while :; do sleep 0.01; done"


@pytest.fixture(autouse=True)
def no_control_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ControlGroup, "_directories", lambda self: [])
    monkeypatch.setattr(ControlGroup, "make", lambda self: None)
    monkeypatch.setattr(launch, "available", lambda: 0)


@pytest.fixture
def zygote() -> Iterator[FakeZygote]:
    made = FakeZygote()
    yield made
    made.close()


@pytest.fixture
def heard() -> Listening:
    return Listening()


def logged(folder: Path) -> str:
    path = Places(folder / "state", folder / "data", folder / "cache").project("shop").logs / "shop-web-1.jsonl"
    return path.read_text() if path.exists() else ""


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_it_runs_writes_to_its_log_and_ends(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    zygote.programs = ["echo out; echo err >&2; exit 3"]
    one = container(tmp_path, zygote, heard)
    before = descriptors()
    await one.start({})
    assert (one.record.state, one.running, one.record.pid) == ("running", True, zygote.pids[0])
    await one.ended.wait()
    assert (one.record.state, one.record.exit_code, one.record.wanted) == ("exited", 3, False)
    assert heard.told == ["ContainerStarted", "ContainerDied"]
    log = logged(tmp_path)
    assert '"s": "o", "l": "out"' in log
    assert '"s": "e", "l": "err"' in log
    await until(lambda: not zygote.alive and heard.endings == [(spec_of().id, False)], "it was not collected")
    assert descriptors() == before


async def test_one_of_run_rm_is_to_be_removed_when_it_ends(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    zygote.programs = ["exit 0"]
    await container(tmp_path, zygote, heard).start({}, remove=True)
    await until(lambda: heard.endings, "it does not end")
    assert heard.endings == [(spec_of().id, True)]


async def test_what_crashes_comes_back_as_its_policy_says(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    zygote.programs = ["exit 1", "kill -SEGV $$", "exec sleep 60"]
    one = container(tmp_path, zygote, heard, restart=RestartPolicy("on-failure"))
    await one.start({})
    await until(lambda: one.running and one.record.restarts == 2, f"it is not back: {heard.told}")
    died = [event for event in heard.events if isinstance(event, ContainerDied)]
    assert [(event.exit_code, event.signal, event.restarting) for event in died] == [
        (1, 0, True),
        (139, signal.SIGSEGV, True),
    ]
    waits = [event for event in heard.events if isinstance(event, ContainerRestarting)]
    assert [event.attempt for event in waits] == [1, 2]
    assert waits[1].delay == 2 * waits[0].delay
    await one.stop()
    assert one.record.state == "exited"
    assert not one.record.wanted


async def test_a_policy_with_a_limit_ends_there(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    zygote.programs = ["exit 1"]
    one = container(tmp_path, zygote, heard, restart=RestartPolicy("on-failure", 1))
    await one.start({})
    await until(lambda: len(heard.endings) == 2, f"not as often: {heard.told}")
    await asyncio.sleep(0.02)
    assert (one.record.state, one.record.restarts, len(zygote.pids)) == ("exited", 1, 2)


async def test_a_stop_in_the_pause_before_a_restart(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    zygote.programs = ["exit 1"]
    one = container(tmp_path, zygote, heard, restart=RestartPolicy("always"))
    await one.start({})
    await until(lambda: one.record.state == "restarting", "it does not wait")
    await one.stop()
    assert one.record.state == "exited"
    runs = len(zygote.pids)
    await asyncio.sleep(0.25)
    assert len(zygote.pids) == runs, "it was started again"


async def test_a_start_in_the_pause_before_a_restart_does_not_wait(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    zygote.programs = ["exit 1", "exec sleep 60"]
    one = container(tmp_path, zygote, heard, restart=RestartPolicy("always"))
    await one.start({})
    await until(lambda: one.record.state == "restarting", "it does not wait")
    await one.start({})
    assert one.running
    await asyncio.sleep(0.15)
    assert len(zygote.pids) == 2, "the restart came too"
    await one.stop(0)


async def test_a_stop_lets_it_end_and_kills_it_after_the_grace_period(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    zygote.programs = ["trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done", IGNORES_TERM + " # ready"]
    one = container(tmp_path, zygote, heard)
    await one.start({})
    await until(lambda: "ready" in logged(tmp_path), "it says nothing")
    await one.stop()
    await one.start({})
    await asyncio.sleep(0.05)
    await one.stop(0.05)
    stopped = [event for event in heard.events if isinstance(event, ContainerStopped)]
    assert [event.exit_code for event in stopped] == [7, 137]


async def test_the_stop_signal_is_the_services_own(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    zygote.programs = ["exec sleep 60"]
    one = container(tmp_path, zygote, heard, stop_signal="SIGQUIT")
    await one.start({})
    await one.stop()
    assert one.record.exit_code == 128 + signal.SIGQUIT


async def test_kill_keeps_it_down_and_another_signal_does_not(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    one = container(tmp_path, zygote, heard, restart=RestartPolicy("always"))
    await one.start({})
    await one.kill("SIGUSR1")  # ends it, as it is no server that takes it
    await until(lambda: one.running and one.record.restarts == 1, "a signal that is no stop keeps it down")
    await one.kill("KILL")
    assert (one.record.state, one.record.exit_code) == ("exited", 137)


async def test_pause_stops_every_process_and_refuses_commands(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    one = container(tmp_path, zygote, heard)
    await one.start({})
    await one.pause()
    await one.pause()
    assert (one.record.state, zygote.signals) == ("paused", [signal.SIGSTOP])
    with pytest.raises(ShoreError, match="is paused"):
        one.command(Wanted(("true",)))
    await one.start({})
    assert (one.record.state, zygote.signals) == ("running", [signal.SIGSTOP, signal.SIGCONT])
    await one.pause()
    await one.stop()
    assert one.record.state == "exited"
    assert zygote.signals[-1] == signal.SIGCONT
    with pytest.raises(ShoreError, match="does not run"):
        await one.pause()


async def test_what_ends_while_paused_is_not_paused_when_it_starts_again(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    one = container(tmp_path, zygote, heard)
    await one.start({})
    await one.pause()
    await one.kill("SIGKILL")
    await one.start({})
    assert await asyncio.wait_for(one.going(), 1) == 1
    assert one.record.state == "running"
    await one.stop(0)


async def test_a_prepared_process_is_the_one_that_starts(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    one = container(tmp_path, zygote, heard)
    await one.prepare({})
    assert (one.prepared, one.running, len(zygote.pids)) == (True, False, 1)
    await one.prepare({})
    await one.start({})
    assert (one.prepared, one.running, len(zygote.pids)) == (False, True, 1)
    await one.stop(0)


async def test_a_prepared_process_is_made_anew_where_its_mounts_changed(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    one = container(tmp_path, zygote, heard, mounts=(MountSpec("bind", "/code", str(source)),))
    await one.prepare({})
    source.rename(tmp_path / "old")
    source.mkdir()
    await one.start({})
    assert (one.record.pid, len(zygote.pids)) == (zygote.pids[1], 2)
    assert not Path(f"/proc/{zygote.pids[0]}").exists()
    await one.stop(0)


async def test_nothing_is_prepared_whose_source_may_come_later(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    one = container(tmp_path, zygote, heard, mounts=(MountSpec("bind", "/code", str(tmp_path / "later")),))
    await one.prepare({})
    heard.enough_prepared = True
    await container(tmp_path / "other", zygote, heard).prepare({})
    assert not zygote.pids


async def test_who_prepared_and_left_leaves_nothing(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    one = container(tmp_path, zygote, heard)
    before = descriptors()
    await one.prepare({})
    await one.leave()
    assert not one.prepared
    assert not zygote.alive
    assert descriptors() == before


@pytest.mark.parametrize("prepared", [False, True])
async def test_a_start_cancelled_at_any_point_leaves_it_running_or_nothing(
    tmp_path: Path, zygote: FakeZygote, heard: Listening, *, prepared: bool
) -> None:
    one = container(tmp_path, zygote, heard)
    await one.start({})
    await one.stop(0)
    before = descriptors()
    for steps in range(0, 40, 2):
        if prepared:
            await one.prepare({})
        task = asyncio.ensure_future(one.start({}))
        for _ in range(steps):
            await asyncio.sleep(0 if steps % 4 else 0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await one.leave()
        assert len(zygote.alive) == int(one.running), f"after {steps} steps"
        await one.stop(0)
        assert not zygote.alive
        assert descriptors() == before, f"after {steps} steps"


async def test_a_start_that_cannot_be_made_leaves_it_as_it_was(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    one = container(tmp_path, zygote, heard)
    before = descriptors()
    zygote.refuses = OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    with pytest.raises(ShoreError, match="web: cannot make a container: Resource temporarily unavailable"):
        await one.start({})
    assert (one.record.state, one.record.wanted, heard.told) == ("created", False, [])
    assert descriptors() == before
    zygote.refuses = None
    await one.start({})
    await one.stop(0)


async def test_a_first_process_that_dies_before_its_program(
    tmp_path: Path, zygote: FakeZygote, heard: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.native.agent.fakes._FIRST_PROCESS", "exit 9")
    one = container(tmp_path, zygote, heard)
    with pytest.raises(ShoreError, match="web: cannot start: the first process was killed"):
        await one.start({})
    assert not zygote.alive
    assert one.record.state == "created"


async def test_what_was_removed_meanwhile_is_not_started(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    one = container(tmp_path, zygote, heard)
    heard.gone.add(one.spec.id)
    with pytest.raises(ShoreError, match="was removed"):
        await one.start({})
    assert not zygote.pids


async def test_whose_network_it_shares_must_run(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    one = container(tmp_path, zygote, heard, network_mode="service:front")
    with pytest.raises(ShoreError, match="front, whose network it shares, does not run"):
        await one.start({})


async def test_health_is_told_once_for_each_change(tmp_path: Path, zygote: FakeZygote, heard: Listening) -> None:
    check = HealthCheck(test=("CMD", "check"), interval=0.01, timeout=1.0, retries=2, start_period=0.0)
    one = container(tmp_path, zygote, heard, health=check)
    await one.start({})
    assert one.record.health == "starting"
    await until(lambda: one.record.health == "healthy", "a test that passes does not count")
    zygote.command_text = "echo sick; exit 1"
    await until(lambda: one.record.health == "unhealthy", "a test that fails does not count")
    await one.stop(0)
    assert one.record.health == ""
    assert heard.told.count("ContainerHealth") >= 2


async def test_hooks_run_in_it_and_their_output_is_in_the_log(
    tmp_path: Path, zygote: FakeZygote, heard: Listening
) -> None:
    zygote.command_text = "echo from the hook"
    one = container(tmp_path, zygote, heard, post_start=(Hook(("hook",)),))
    await one.start({})
    assert "from the hook" in logged(tmp_path)
    await one.stop(0)


async def test_an_agent_without_its_zygote_ends(tmp_path: Path) -> None:
    zygote, lost = FakeZygote(), []
    project = Project("shop", Places(tmp_path, tmp_path / "data", tmp_path / "cache"), zygote, FakeHub(), nested=False)
    project.on_lost = lambda: lost.append(True)
    notes: list[object] = []
    project.listeners.append(notes.append)
    project.places.directory.mkdir(parents=True)
    project.open()
    record = await project.create(spec_of(restart=RestartPolicy("always")))
    one: Supervised = project.get(record.spec.id)
    await one.start({})
    zygote.lost()
    assert lost
    assert any("was killed; the agent ends" in str(note) for note in notes)
    await project.close()
    assert not zygote.alive
