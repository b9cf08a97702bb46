"""The executor: order, gates, and what is skipped when something fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from longshore.engine.executor import ExecuteOptions, Outcome, execute, watch
from longshore.health.wait import Board
from longshore.model.errors import ShoreError
from longshore.model.stack import Stack
from longshore.plan.lifecycle import DownOptions, down
from longshore.plan.reconcile import UpOptions, reconcile
from longshore.state.events import (
    ContainerDied,
    ContainerHealth,
    ContainerStarted,
    Event,
    Note,
    OperationSkipped,
    OperationWaiting,
)
from longshore.state.observed import Container, Observed
from tests.engine.fake import FakeEngine
from tests.plan.make import data, healthy, observed, running, service, stack

STARTED = ContainerStarted()
HEALTHY = ContainerHealth(status="healthy")
DB = service("db", mounts=data("data"))
APP = service("app", healthy("db"))
WEB = service("web", healthy("app"))


async def up(engine: FakeEngine, wanted: Stack, there: Observed | None = None) -> tuple[Outcome, list[Event]]:
    events: list[Event] = []
    there = there or Observed("demo")
    board = Board(frozenset(wanted.services))
    async with watch(engine, "demo", board, events.append):  # type: ignore[arg-type]
        plan = reconcile(wanted, there, UpOptions())
        outcome = await execute(plan, engine, wanted, there, events.append, ExecuteOptions(), board)  # type: ignore[arg-type]
    return outcome, events


async def test_each_start_waits_for_its_gate() -> None:
    engine = FakeEngine(script={"db": [STARTED, HEALTHY], "app": [STARTED, HEALTHY]})
    outcome, _ = await up(engine, stack(DB, APP, WEB))
    assert outcome.ok
    assert [call for call in engine.calls if call.startswith("start")] == [
        "start demo-db-1", "start demo-app-1", "start demo-web-1",
    ]  # fmt: skip
    assert set(engine.calls[:2]) == {"create network demo_default", "create volume demo_data"}


async def test_a_failing_dependency_skips_its_dependents_and_nothing_else() -> None:
    engine = FakeEngine(script={"db": [STARTED, ContainerDied(exit_code=1, seconds=0.2)]})
    outcome, events = await up(engine, stack(DB, APP, WEB, service("other")))
    assert not outcome.ok
    assert "start demo-other-1" in engine.calls
    assert "start demo-app-1" not in engine.calls
    assert not outcome.failed
    assert [str(error) for error in outcome.unmet.values()] == ["db: exited with code 1, 0.2 s after start"]
    skipped = {event.service: event.because for event in events if isinstance(event, OperationSkipped)}
    assert skipped == {"app": "db", "web": "db"}


async def test_an_optional_dependency_that_cannot_start_only_warns() -> None:
    engine = FakeEngine(broken={"db"})
    outcome, events = await up(engine, stack(DB, service("app", healthy("db", required=False))))
    assert "start demo-app-1" in engine.calls
    assert [str(error) for error in outcome.failed.values()] == ["db: no such program"]
    assert any("optional dependency: db: no such program" in event.text for event in events if isinstance(event, Note))


async def test_a_gate_holds_for_what_runs_already() -> None:
    engine = FakeEngine()
    engine._queue.put_nowait(ContainerStarted("db", "demo-db-1", health="healthy"))
    outcome, _ = await up(engine, stack(DB, APP), observed(running(DB), volumes=("data",)))
    assert outcome.ok
    assert engine.calls == ["create demo-app-1", "start demo-app-1"]


async def test_only_what_is_not_ready_yet_is_told_as_waited_for() -> None:
    """The cache runs and is healthy, though the engine's events have not told yet; the database is started."""
    cache, app = service("cache"), service("app", {**healthy("db"), **healthy("cache")})
    engine = FakeEngine(script={"db": [STARTED]})
    engine._queue.put_nowait(ContainerStarted("cache", "demo-cache-1", health="healthy"))
    late = ContainerHealth("db", "demo-db-1", status="healthy")
    asyncio.get_running_loop().call_later(0.1, engine._queue.put_nowait, late)
    outcome, events = await up(engine, stack(DB, cache, app), observed(running(cache), volumes=("data",)))
    assert outcome.ok
    told = [event for event in events if isinstance(event, OperationWaiting)]
    assert [(event.needs, event.everyone) for event in told] == [("db", ("db",))]


async def test_a_dependency_that_fails_fails_what_only_waits() -> None:
    engine = FakeEngine(script={"db": [STARTED, ContainerDied(exit_code=1, seconds=0.2)]})
    outcome, _ = await up(engine, stack(DB, APP), observed(running(APP), volumes=("data",)))
    assert [str(error) for error in outcome.unmet.values()] == ["db: exited with code 1, 0.2 s after start"]


class Preparing(FakeEngine):
    """Makes ready ahead; `unable` are the services for which it cannot, `endless` those for which it never is done."""

    unable: frozenset[str] = frozenset()
    endless: frozenset[str] = frozenset()

    def __init__(self, **fields: Any) -> None:
        super().__init__(capabilities={"prepare"}, **fields)

    async def prepare(self, wanted: Stack, container: Container) -> None:
        if container.service in self.unable:
            raise ShoreError(f"{container.service}: no such file")
        self.calls.append(f"prepare {container.name}")
        if container.service in self.endless:
            await asyncio.sleep(1000)

    async def events(self, project: str) -> AsyncIterator[Event]:
        async for event in super().events(project):
            await asyncio.sleep(0.01)  # a gate opens some time after the start
            yield event


async def test_what_waits_is_made_ready_once_its_dependencies_run() -> None:
    engine = Preparing(script={"db": [STARTED, HEALTHY], "app": [STARTED, HEALTHY]})
    outcome, _ = await up(engine, stack(DB, APP, WEB))
    assert outcome.ok
    assert [call for call in engine.calls if call.startswith(("start", "prepare"))] == [
        "start demo-db-1", "prepare demo-app-1", "start demo-app-1", "prepare demo-web-1", "start demo-web-1",
    ]  # fmt: skip


async def test_what_cannot_be_made_ready_is_started_all_the_same() -> None:
    engine = Preparing(script={"db": [STARTED, HEALTHY]})
    engine.unable = frozenset({"app"})
    outcome, _ = await up(engine, stack(DB, APP))
    assert outcome.ok
    assert engine.calls[-1] == "start demo-app-1"


async def test_a_gate_that_opens_waits_for_nothing_else() -> None:
    """The preparation may not even have begun: a hook of the dependency can last longer than the dependency."""
    engine = Preparing(script={"db": [STARTED, HEALTHY]})
    engine.endless = frozenset({"app"})
    async with asyncio.timeout(5):
        outcome, _ = await up(engine, stack(DB, APP))
    assert outcome.ok
    assert engine.calls[-2:] == ["prepare demo-app-1", "start demo-app-1"]


async def test_nothing_is_made_ready_for_a_dependency_that_fails() -> None:
    engine = Preparing(broken={"db"})
    outcome, _ = await up(engine, stack(DB, APP, WEB))
    assert not outcome.ok
    assert not [call for call in engine.calls if call.startswith("prepare")]


async def test_down_in_reverse_order() -> None:
    engine = FakeEngine()
    there = observed(running(DB), running(APP))
    plan = down(stack(DB, APP), there, DownOptions())
    outcome = await execute(plan, engine, stack(DB, APP), there, lambda event: None, ExecuteOptions())  # type: ignore[arg-type]
    assert outcome.ok
    assert engine.calls.index("stop demo-app-1") < engine.calls.index("stop demo-db-1")
    assert engine.calls[-1] == "remove network demo_default"


class Counting(FakeEngine):
    """Tells how many creates were under way at once."""

    now = most = 0

    async def create(self, *words: Any) -> Container:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        return await super().create(*words)


async def test_parallel_bounds_what_is_under_way_at_once() -> None:
    wanted, there = stack(*(service(f"s{number}") for number in range(6))), Observed("demo")
    for bound, most in ((1, 1), (2, 2), (0, 6)):
        engine = Counting()
        board = Board(frozenset(wanted.services))
        async with watch(engine, "demo", board, lambda event: None):  # type: ignore[arg-type]
            plan = reconcile(wanted, there, UpOptions())
            options = ExecuteOptions(parallel=bound)
            await execute(plan, engine, wanted, there, lambda event: None, options, board)  # type: ignore[arg-type]
        assert engine.most == most
