"""The running stack as checks reach it, the same on every engine."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import IO, NamedTuple

from longshore.engine.base import BuildOptions, CreateOptions, Engine, ExecRequest, LogOptions
from longshore.engine.executor import ExecuteOptions
from longshore.flow.audience import Audience, Scene
from longshore.flow.converge import Wish
from longshore.flow.home import Session, Where, find_container, load_stack, unheard
from longshore.flow.lifecycle import Change, change, finish_when_empty
from longshore.flow.processes import Process, processes_of, snapshot
from longshore.flow.streams import standard_streams
from longshore.flow.up import UpRequest, plan_up, up
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.model.stack import Stack
from longshore.plan.lifecycle import DownOptions, down, restart
from longshore.plan.operation import Plan
from longshore.plan.reconcile import UpOptions
from longshore.state.events import Event, LogLine
from longshore.state.observed import LIVE, Container, Observed

__all__ = ["Address", "Answer", "Live", "Recorder", "cannot"]

EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where what is published on every address is reached from this machine."""

PATIENCE = 180.0
"""Seconds that the stack may take to be ready again after a check has disturbed it."""


class Address(NamedTuple):
    """Where a published port is reached from this machine; `bound` is the host address that it is published on."""

    host: str
    port: int
    bound: str

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@record
class Answer:
    """What a command in a service said. `code` is None when it was still at work after its time."""

    code: int | None
    out: str
    err: str
    seconds: float

    @property
    def ok(self) -> bool:
        return self.code == 0

    @property
    def text(self) -> str:
        """All that it said, and how it ended when that was not well."""
        said = "\n".join(part for part in (self.out.rstrip(), self.err.rstrip()) if part)
        end = "" if self.ok else "(did not end)" if self.code is None else f"(exit code {self.code})"
        return "\n".join(part for part in (said, end) if part)


class Recorder(Audience):
    """Keeps the events of a start, for the order and the times; passes everything on to `shown`."""

    def __init__(self, shown: Audience | None = None) -> None:
        self.events: list[Event] = []
        self.shown = shown or Audience()

    def begins(self, scene: Scene) -> None:
        self.shown.begins(scene)

    def take(self, event: Event) -> None:
        self.events.append(event)
        self.shown.take(event)

    def settles(self, observed: Observed) -> None:
        self.shown.settles(observed)

    def closes(self) -> None:
        self.shown.closes()

    def ready(self, observed: Observed) -> None:
        self.shown.ready(observed)


class Live:
    """One running stack. `stack` are its files as they are verified (of `--fresh`: those of the copy, whose folder is
    `stack.working_dir`); `where` is for flows that a check begins, and names the engine; `events` are those of its
    start when this run started it, else (). Methods raise ShoreError, which the runner tells as "could not be
    checked". Nothing here is concurrent: commands in services borrow this process's own streams."""

    def __init__(
        self, where: Where, stack: Stack, engine: str, *, fresh: bool = False, events: tuple[Event, ...] = ()
    ) -> None:
        self.where, self.stack, self.engine_name = where, stack, engine
        self.fresh, self.events = fresh, events
        self.failure: ShoreError | None = None
        """Why it did not get ready as a whole, when this run started it."""
        self.refused: tuple[str, ...] = ()
        """Ids of the criteria for whose sake nothing was started at all: what they say is in the files."""
        self.taken_before: frozenset[int] = frozenset()
        """Ports that others had on this machine before it started; what nobody knows of a stack that runs already."""
        self.turn = asyncio.Lock()
        """Whoever has it may talk to services, and change them: one check at a time."""
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """Open as long as it is of use; for what the methods below do not do."""
        if self._engine is None:
            self._engine = self.where.engines.open(self.engine_name)
        return self._engine

    @asynccontextmanager
    async def engine_of_its_own(self) -> AsyncIterator[Engine]:
        """For what goes on beside the others, which close the one above."""
        engine = self.where.engines.open(self.engine_name)
        try:
            yield engine
        finally:
            await engine.close()

    async def aclose(self) -> None:
        if self._engine is not None:
            await self._engine.close()
            self._engine = None

    # What is there.

    async def observed(self) -> Observed:
        return await self.engine.observe(self.stack.name)

    async def containers(self, service: str) -> tuple[Container, ...]:
        """Those of a service, running or not, by number."""
        return (await self.observed()).of(service)

    async def container(self, service: str) -> Container:
        """The first that runs. Raises where none does."""
        return find_container(Session(self.engine, self.stack.name, await self.observed(), self.stack), service)

    async def running(self, service: str) -> bool:
        return any(one.state in LIVE for one in await self.containers(service))

    async def settled(self, services: Iterable[str]) -> tuple[str, ...]:
        """Those that run, and are not about to be found unhealthy or to be started once more."""
        observed = await self.observed()
        return tuple(name for name in services if _settled(observed.of(name)))

    async def address(self, service: str, target: int, protocol: str = "tcp") -> Address:
        """Where a published port of a service is reached. Raises where it is not published."""
        for one in await self.containers(service):
            for port in one.ports:
                if (port.target, port.protocol) == (target, protocol) and port.published:
                    return Address(EVERYWHERE.get(port.host_ip, port.host_ip), port.published, port.host_ip)
        raise cannot(f"{service} does not publish {target}/{protocol}")

    async def logs(self, service: str, since: float = 0.0, tail: int | None = None) -> tuple[LogLine, ...]:
        """What its containers wrote since then (seconds since 1970), the last `tail` lines of each."""
        containers = await self.containers(service)
        lines = self.engine.logs(self.stack.name, containers, LogOptions(tail=tail, since=since or None))
        return tuple([line async for line in lines])

    async def processes(self, service: str) -> tuple[Process, ...]:
        """Its processes as this machine sees them, the main one first. Raises where they are out of sight: an engine
        on another machine."""
        container, there = await self.container(service), snapshot()
        if container.pid not in there:
            raise cannot(f"the processes of {service} are not to be seen from here")
        return tuple(processes_of(container, there))

    # What is done to it.

    async def execute(
        self, service: str, *words: str, stdin: bytes = b"", user: str = "", limit: float = 20.0,
        environment: Mapping[str, str] = EMPTY,
    ) -> Answer:  # fmt: skip
        """Run a command in the service, as its own user unless `user` says another; after `limit` seconds it is left
        alone."""
        container, began = await self.container(service), time.monotonic()
        request = ExecRequest(words, user=user, environment=environment)
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin)
            given.seek(0)
            code: int | None = None
            with standard_streams(given if stdin else None, out, err):
                try:
                    code = await asyncio.wait_for(self.engine.execute(container, request), limit)
                except TimeoutError:
                    pass
            return Answer(code, _text(out), _text(err), time.monotonic() - began)

    async def crash(self, service: str) -> Container:
        """Kill its main process as a fault would, behind the engine's back; the container as it was. Raises where
        that cannot be done from here."""
        container = await self.container(service)
        await self.processes(service)
        _send([container.pid], signal.SIGKILL)
        return container

    @asynccontextmanager
    async def standing_still(self, service: str) -> AsyncIterator[None]:
        """While the block runs no process of the service takes a step, and yet commands can be run in it."""
        pids = [one.pid for one in await self.processes(service)]
        try:
            _send(pids, signal.SIGSTOP)
            yield
        finally:
            for pid in pids:
                _send([pid], signal.SIGCONT, gone_is_fine=True)

    async def stop(self, service: str) -> Container:
        """Stop it as `shore stop` does; the container as it is then."""
        container = await self.container(service)
        await self.engine.stop(container)
        return next(one for one in await self.containers(service) if one.id == container.id)

    async def restarted(self) -> None:
        """Stop all containers that run, start them again, each in its order, and wait until they are ready."""

        def plan(session: Session) -> Plan:
            return restart(session.stack, session.observed, None)

        await change(self.where, Change("restart", plan), Audience())
        await self.up()

    async def anew(self) -> None:
        """Take all of it down, with its data, and bring it up again."""
        await self.down(volumes=True)
        await self.up()

    async def up(self, *services: str, audience: Audience | None = None) -> Observed:
        """What is stopped or gone is there again, and ready."""
        wish = self._wish(services)
        return await up(self.where, self.stack, wish, audience or Audience())

    async def what_up_would_do(self) -> Plan:
        """The plan of another `up`, which reads the files anew; empty when it would change nothing."""
        stack = load_stack(self.where, tuple(self.stack.services), heard=unheard)
        return (await plan_up(self.where, stack, self._wish(()), Audience()))[1]

    async def down(self, *, volumes: bool = False) -> None:
        """Take it down, with its data on request. Anonymous volumes of a copy go in any case: nobody would ever find
        them again."""
        await self.aclose()  # natively what it talks to ends with the project

        def plan(session: Session) -> Plan:
            return down(session.stack, session.observed, DownOptions((), volumes, True))

        options = ExecuteOptions(remove_volumes=volumes or self.fresh)
        await change(self.where, Change("down", plan, options, after=finish_when_empty), Audience())

    def _wish(self, services: tuple[str, ...]) -> UpRequest:
        create = CreateOptions(ports_auto=self.fresh)  # a port that was free a moment ago may be taken by now
        building = BuildOptions(once=self.fresh)
        wish = Wish(UpOptions(services=services), create, building=building, offline=self.where.offline)
        return UpRequest(wish, wait=True, wait_timeout=PATIENCE)


def cannot(what: str, hint: str = "") -> ShoreError:
    """For what stands in the way of a check."""
    return ShoreError(what, hint=hint)


def _settled(containers: Sequence[Container]) -> bool:
    return bool(containers) and all(one.state == "running" and one.health in ("", "healthy") for one in containers)


def _send(pids: list[int], number: signal.Signals, *, gone_is_fine: bool = False) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            if not gone_is_fine and pid == pids[0]:
                raise cannot(f"process {pid} has ended meanwhile") from None
        except PermissionError:
            raise cannot(f"this user may not send {number.name} to process {pid} of the service") from None


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
