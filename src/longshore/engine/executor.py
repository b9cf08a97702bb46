"""Walks a plan concurrently. It carries no decisions: what to do, and after what, stands in the plan."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from longshore.engine.base import BuildOptions, CreateOptions, Engine
from longshore.engine.capabilities import preparing
from longshore.health.wait import Board
from longshore.model.errors import ShoreError
from longshore.model.names import container_name
from longshore.model.record import factory, record, replace
from longshore.model.stack import Stack
from longshore.plan.gates import holds
from longshore.plan.operation import Gate, Operation, OperationKind, Plan
from longshore.state.events import (
    ContainerStarting,
    Emit,
    Note,
    OperationEvent,
    OperationFailed,
    OperationFinished,
    OperationSkipped,
    OperationStarted,
    OperationWaiting,
)
from longshore.state.observed import Container, Observed

__all__ = ["ExecuteOptions", "Outcome", "execute", "watch"]


@record
class ExecuteOptions:
    """`timeout` overrides every grace period (seconds); `parallel` bounds operations under way (0: no bound)."""

    create: CreateOptions = CreateOptions()
    build: BuildOptions = BuildOptions()
    offline: bool = False
    timeout: float | None = None
    signal: str = "SIGKILL"
    remove_volumes: bool = False
    parallel: int = 0


@record(frozen=False)
class Outcome:
    """What became of a plan, by operation id: the errors of operations that failed and of the gates that an operation
    waited for in vain (`unmet`), both in the order in which they came, and the operations that were skipped because of
    them, with the service or target that is to blame."""

    failed: dict[int, ShoreError] = factory(default_factory=dict)
    unmet: dict[int, ShoreError] = factory(default_factory=dict)
    skipped: dict[int, str] = factory(default_factory=dict)
    containers: dict[str, Container] = factory(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.failed and not self.unmet


async def execute(
    plan: Plan,
    engine: Engine,
    stack: Stack | None,
    observed: Observed,
    emit: Emit,
    options: ExecuteOptions,
    board: Board | None = None,
) -> Outcome:
    """Carry the plan out; never raises for an operation that fails, but says so in the outcome. Operations that do
    not need the failed one go on. `board` must be fed (see `watch`) when the plan has gates."""
    walk = _Walk(plan, engine, stack, observed, emit, options, board)
    async with asyncio.TaskGroup() as group:
        for operation in plan.operations:
            walk.tasks[operation.id] = group.create_task(walk.step(operation))
    return walk.outcome


@contextlib.asynccontextmanager
async def watch(engine: Engine, project: str, board: Board, emit: Emit) -> AsyncIterator[None]:
    """Read the engine's events into `board` and `emit` while the block runs."""

    async def read() -> None:
        try:
            async for event in engine.events(project):
                emit(event)
                await board.feed(event)
        except ShoreError as error:
            await board.fail(error)

    task = asyncio.create_task(read())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class _Skipped(Exception):
    """An operation was not done because another that it needs was not."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


class _Walk:
    def __init__(
        self,
        plan: Plan,
        engine: Engine,
        stack: Stack | None,
        observed: Observed,
        emit: Emit,
        options: ExecuteOptions,
        board: Board | None,
    ) -> None:
        self.engine, self.stack, self.options, self.board = engine, stack, options, board
        self.emit, self.project, self.observed = emit, observed.project, observed
        self.known = {c.id: c for c in observed.containers}
        self.starts: dict[str, list[int]] = {}
        for operation in plan.operations:
            if operation.kind in ("start", "restart"):
                self.starts.setdefault(operation.service, []).append(operation.id)
        self.tasks: dict[int, asyncio.Task[bool]] = {}
        self.outcome = Outcome()
        self.slots = asyncio.Semaphore(options.parallel or 1_000_000)

    async def step(self, operation: Operation) -> bool:
        """Do one operation after what it waits for; True when it was done."""
        try:
            await self._wait(operation)
            async with self.slots:
                await self._do(operation)
        except _Skipped as skipped:
            self.outcome.skipped[operation.id] = skipped.because
            self._tell(OperationSkipped(because=skipped.because), operation)
            return False
        except ShoreError as error:
            self.outcome.failed[operation.id] = error
            self._tell(OperationFailed(error=str(error)), operation)
            return False
        return True

    async def _wait(self, operation: Operation) -> None:
        for other in operation.after:
            if not await self.tasks[other]:
                raise _Skipped(self.outcome.skipped.get(other) or self._blame(other))
        if self.board is None or self.stack is None:
            return
        shut = [gate for gate in operation.gates if not self._is_open(gate, self.board)]
        everyone = tuple(gate.service for gate in shut)
        for gate in shut:
            self._tell(OperationWaiting(needs=gate.service, condition=gate.condition, everyone=everyone), operation)
        preparing = asyncio.ensure_future(self._prepare(operation))
        try:
            for gate in operation.gates:
                await self._gate(operation, gate, self.board)
        finally:
            preparing.cancel()  # one under way is brought to its end by the engine; the start waits for that

    def _is_open(self, gate: Gate, board: Board) -> bool:
        """Whether nobody needs to be told that this gate is waited for. The board, which learns of what ran before by
        its first events, may not have heard of a service that this plan leaves alone."""
        starts = self.starts.get(gate.service, [])
        if not all(self.tasks[start].done() for start in starts):
            return False
        if not starts and holds(gate, self.observed.of(gate.service)):
            return True
        return board.meets(gate.service, gate.condition, self._containers(gate.service))

    async def _prepare(self, operation: Operation) -> None:
        """Use the time until the gates open. Only once their services run: before, it would delay these."""
        engine = preparing(self.engine)
        if not operation.gates or operation.kind != "start" or engine is None:
            return
        for gate in operation.gates:
            for start in self.starts.get(gate.service, []):
                if not await self.tasks[start]:
                    return
        with contextlib.suppress(ShoreError):  # the start meets it too, and says so
            await engine.prepare(self.the_stack, self.container(operation))

    async def _gate(self, operation: Operation, gate: Gate, board: Board) -> None:
        try:
            for start in self.starts.get(gate.service, []):
                if not await self.tasks[start]:
                    raise ShoreError(self.outcome.skipped.get(start) or self._blame(start))
            await board.until(gate.service, gate.condition, self._containers(gate.service))
        except ShoreError as error:
            if gate.required:
                self.outcome.unmet[operation.id] = error
                raise _Skipped(gate.service) from error
            self.emit(Note(operation.service, text=f"optional dependency: {error}"))

    def _containers(self, service: str) -> list[str]:
        """Every container of a service that is there or that this plan makes."""
        made = [c.name for c in self.outcome.containers.values() if c.service == service]
        there = [c.name for c in self.known.values() if c.service == service and not c.oneoff]
        assert self.stack is not None
        return sorted({*made, *there}) or [container_name(self.project, self.stack.services[service])]

    def _blame(self, operation: int) -> str:
        error = self.outcome.failed.get(operation)
        return str(error) if error else "an earlier step"

    async def _do(self, operation: Operation) -> None:
        began = time.monotonic()
        self._tell(OperationStarted(), operation)
        await _ACTIONS[operation.kind](self, operation)
        self._tell(OperationFinished(seconds=time.monotonic() - began), operation)

    def _tell(self, event: OperationEvent, operation: Operation) -> None:
        of = operation
        self.emit(replace(event, service=of.service, id=of.id, operation=of.kind, target=of.target, cause=of.cause))

    async def begins(self, container: Container) -> None:
        """From here on what the board knew of this container is old."""
        event = ContainerStarting(container.service, container.name)
        self.emit(event)
        if self.board:
            await self.board.feed(event)

    def container(self, operation: Operation) -> Container:
        """What it is done to: one that is there, by its id, or one that this plan made, by its name."""
        return self.known.get(operation.container) or self.outcome.containers[operation.container]

    @property
    def the_stack(self) -> Stack:
        assert self.stack is not None, "this operation needs the Compose file"
        return self.stack


async def _create_network(walk: _Walk, operation: Operation) -> None:
    networks = {network.name: network for network in walk.the_stack.networks.values()}
    await walk.engine.create_network(walk.the_stack, networks[operation.target])


async def _create_volume(walk: _Walk, operation: Operation) -> None:
    volumes = {volume.name: volume for volume in walk.the_stack.volumes.values()}
    await walk.engine.create_volume(walk.the_stack, volumes[operation.target])


async def _build(walk: _Walk, operation: Operation) -> None:
    service = walk.the_stack.known(operation.service)
    assert service is not None
    await walk.engine.build(walk.the_stack, service, walk.options.build, walk.emit)


async def _pull(walk: _Walk, operation: Operation) -> None:
    service = walk.the_stack.services[operation.service]
    await walk.engine.pull(walk.the_stack, service, walk.emit, offline=walk.options.offline)


async def _create(walk: _Walk, operation: Operation) -> None:
    service = walk.the_stack.services[operation.service]
    made = await walk.engine.create(walk.the_stack, service, operation.number, operation.replaces, walk.options.create)
    walk.outcome.containers[made.name] = made


async def _replace(walk: _Walk, operation: Operation) -> None:
    await walk.engine.replace(walk.known[operation.replaces], walk.outcome.containers[operation.container])


async def _start(walk: _Walk, operation: Operation) -> None:
    container = walk.container(operation)
    await walk.begins(container)
    await walk.engine.start(walk.the_stack, container)


async def _nothing(walk: _Walk, operation: Operation) -> None:
    """A `wait` is over once its gates are open."""


async def _stop(walk: _Walk, operation: Operation) -> None:
    await walk.engine.stop(walk.container(operation), walk.options.timeout)


async def _restart(walk: _Walk, operation: Operation) -> None:
    await _stop(walk, operation)
    await _start(walk, operation)


async def _kill(walk: _Walk, operation: Operation) -> None:
    await walk.engine.kill(walk.container(operation), walk.options.signal)


async def _pause(walk: _Walk, operation: Operation) -> None:
    await walk.engine.pause(walk.container(operation))


async def _unpause(walk: _Walk, operation: Operation) -> None:
    await walk.engine.unpause(walk.container(operation))


async def _remove(walk: _Walk, operation: Operation) -> None:
    await walk.engine.remove(walk.container(operation), volumes=walk.options.remove_volumes)


async def _remove_network(walk: _Walk, operation: Operation) -> None:
    await walk.engine.remove_network(walk.project, operation.target)


async def _remove_volume(walk: _Walk, operation: Operation) -> None:
    await walk.engine.remove_volume(operation.target)


async def _remove_image(walk: _Walk, operation: Operation) -> None:
    gone = await walk.engine.remove_image(operation.target)
    what = "removed" if gone else "stays: something else uses it"
    walk.emit(Note(text=f"image {operation.target}: {what}"))


_ACTIONS: Mapping[OperationKind, Callable[[_Walk, Operation], Awaitable[None]]] = {
    "create network": _create_network,
    "remove network": _remove_network,
    "create volume": _create_volume,
    "remove volume": _remove_volume,
    "remove image": _remove_image,
    "pull": _pull,
    "build": _build,
    "create": _create,
    "start": _start,
    "stop": _stop,
    "restart": _restart,
    "remove": _remove,
    "replace": _replace,
    "wait": _nothing,
    "kill": _kill,
    "pause": _pause,
    "unpause": _unpause,
}
