"""Bring the project to what the stack says: images, plan, checks, operations, waiting."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

from longshore.engine.base import BuildOptions, CreateOptions, Engine, ImageInfo
from longshore.engine.capabilities import mending
from longshore.engine.executor import ExecuteOptions, Outcome, execute, watch
from longshore.health.wait import Board
from longshore.model.errors import ShoreError, ShoreErrors, all_in_one
from longshore.model.graph import dependencies
from longshore.model.names import container_name
from longshore.model.record import factory, record, replace
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.plan.crowding import crowded_ports
from longshore.plan.images import image_plan
from longshore.plan.networks import held_networks
from longshore.plan.operation import Plan
from longshore.plan.reconcile import UpOptions, reconcile, wanted_services
from longshore.state.events import ContainerHealth, ContainerStarted, Emit, Event, Note
from longshore.state.observed import Observed
from longshore.state.volumes import changed_volumes

__all__ = ["Convergence", "Wish", "starts"]

BEGINNINGS = frozenset({"create", "start", "restart"})


def starts(plan: Plan) -> frozenset[str]:
    """The services of which it makes or starts a container."""
    return frozenset(operation.service for operation in plan.operations if operation.kind in BEGINNINGS)


@record
class Wish:
    """What is asked of a convergence. `pull` overrides every pull_policy; `parallel` 0 means no bound."""

    up: UpOptions = factory(default_factory=UpOptions)
    create: CreateOptions = factory(default_factory=CreateOptions)
    build: bool = False
    no_build: bool = False
    pull: str = ""
    building: BuildOptions = factory(default_factory=BuildOptions)
    offline: bool = False
    timeout: float | None = None
    parallel: int = 0


@record(frozen=False)
class Convergence:
    """One road from the stack to a running project, step by step; events go to `emit`. `examine` raises what is wrong
    with the sources of the stack: asked once, and only when something starts."""

    engine: Engine
    stack: Stack
    observed: Observed
    wish: Wish
    emit: Emit
    examine: Callable[[], None] | None = None
    board: Board = factory(default_factory=Board)
    images: dict[str, ImageInfo | None] = factory(default_factory=dict)
    _damaged: tuple[str, ...] = ()
    _within: float | None = None
    """The seconds that `realise` may take after the images; with it `_end`, the loop's time when they are over."""
    _end: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The services that this is about, each after what it depends on."""
        return wanted_services(self.stack, self.wish.up)

    async def plans(self) -> tuple[Plan, Plan]:
        """What has to be built or fetched, and what has to be done with the images that are there now. Raises for a
        volume that is not as the file describes it, also where nothing else is to be done."""
        _raise(
            (
                *changed_volumes(self.stack, self.names, self.observed),
                *held_networks(self.stack, self.names, self.observed),
            )
        )
        await self._find_images(self.names)
        plan = self._reconcile()
        self._damaged = await self._set_damaged_aside(starts(plan))
        if self._damaged:
            await self._find_images(self.names)
            plan = self._reconcile()
        present = {name: image is not None for name, image in self.images.items()}
        wish = self.wish
        now = time.time()
        ages = {name: now - image.tagged for name, image in self.images.items() if image}
        first = image_plan(
            self.stack, self.names, present, build=wish.build, no_build=wish.no_build, pull=wish.pull, ages=ages
        )
        return first, plan

    async def check(self, plan: Plan) -> None:
        """Before anything starts: sources, taken ports, missing folders, data of another major version; of the services
        that `plan` starts. One that runs on, while its image is pulled, keeps the ports that it has."""
        started = starts(plan)
        names = [name for name in self.names if name in started]
        if not self.wish.create.ports_auto:
            _raise(crowded_ports(self.stack, names, self.wish.up.scale))
        if names:
            if self.examine:
                self.examine()
                self.examine = None
            await self.engine.preflight(self.stack, names, self.observed, ports_auto=self.wish.create.ports_auto)

    async def make_images(self, plan: Plan) -> None:
        """Build and fetch; raises what went wrong."""
        if not plan:
            return
        outcome = await execute(plan, self.engine, self.stack, self.observed, self.emit, self._execute_options())
        if not outcome.ok:
            raise await self._failure(outcome, plan)
        await self._find_images(self.names)

    async def carry_out(self, plan: Plan) -> Outcome:
        """Do it; raises what went wrong. Must run inside `watching` when the plan starts or waits for
        anything."""
        outcome = await execute(
            plan, self.engine, self.stack, self.observed, self.emit, self._execute_options(), self.board
        )
        if not outcome.ok:
            raise await self._failure(outcome, plan)
        return outcome

    async def realise(self, first: Plan, plan: Plan, within: float | None = None) -> Outcome:
        """Both plans: check, make images, plan again with what they are, do it. Must run inside `watching` when
        anything starts. What comes after the images, and `wait_until_ready`, may take `within` seconds in all."""
        await self.check(plan)
        for image in self._damaged:
            self.emit(Note(text=f"{image}: files of it are missing in the cache; it is made or fetched anew"))
        await self.make_images(first)
        plan = await self.after_images() if first else plan
        if within is not None:
            self._within, self._end = within, asyncio.get_running_loop().time() + within
        async with self._patience():
            return await self.carry_out(plan)

    async def after_images(self) -> Plan:
        """The plan with the images that are there now, checked again: a new image may recreate what ran, and only now
        it is known whose data it wants to open."""
        plan = self._reconcile()
        await self.check(plan)
        return plan

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Read the engine's events while the block runs. A service whose image brings a health check of its own is
        known by its first event."""
        checks = {s.name for s in self.stack.services.values() if s.healthcheck and s.healthcheck.active}
        self.board.checked = frozenset(checks)
        async with watch(self.engine, self.stack.name, self.board, self._tell):
            yield

    async def _failure(self, outcome: Outcome, plan: Plan) -> ShoreError:
        from longshore.flow.failure.evidence import failure_of

        error = await failure_of(outcome, plan, self.engine, self.stack)
        damaged = await self._set_damaged_aside(self.names, thorough=True)
        if not damaged:
            return error
        what = f"files of {' and '.join(damaged)} were missing in the cache"
        again = ShoreError(what, hint="do it again: they are made or fetched anew")
        return all_in_one([*(error.errors if isinstance(error, ShoreErrors) else (error,)), again])

    async def _set_damaged_aside(self, services: Iterable[str], *, thorough: bool = False) -> tuple[str, ...]:
        """The images that are to be made or fetched anew, because somebody removed a part of them."""
        engine = mending(self.engine)
        return await engine.set_damaged_aside(self.stack, services, thorough=thorough) if engine else ()

    def _tell(self, event: Event) -> None:
        if (isinstance(event, ContainerStarted) and event.health) or isinstance(event, ContainerHealth):
            self.board.checked |= {event.service}
        self.emit(event)

    async def wait_for_conditions(self, service: Service) -> None:
        """Return when every dependency of `service` meets its condition, for a container that no plan starts."""
        for name, dependency in dependencies(service).items():
            if name not in self.stack.services:
                continue
            try:
                await self.board.until(name, dependency.condition, self._containers(name))
            except ShoreError as error:
                if dependency.required:
                    raise await self._failure(Outcome(unmet={0: error}), Plan()) from error

    async def wait_until_ready(self) -> None:
        """Return when every service is healthy, runs without a check, or ended with 0; raise the first that never
        will, with its last lines, or those that are late for what `realise` was given."""
        containers = {name: self._containers(name) for name in self.names}
        async with self._patience():
            await self._all_ready(containers)
            rest = self.board.unsettled((one for names in containers.values() for one in names), time.time())
            if rest > 0:
                await asyncio.sleep(rest)
                await self._all_ready(containers)

    @contextlib.asynccontextmanager
    async def _patience(self) -> AsyncIterator[None]:
        """Raises, once patience is over, which of the services are not ready."""
        try:
            async with asyncio.timeout_at(self._end):
                yield
        except TimeoutError:
            if self._within is None:
                raise
            containers = {name: self._containers(name) for name in self.names}
            late = [row for row, members in containers.items() if not self.board.meets(row, "ready", members)]
            said = {name: self.board.last_said(containers[name]) for name in late}
            raise ShoreError(
                f"not ready after {self._within:g} s: {', '.join(late)}",
                details=tuple(f"{name}: last probe: {text}" for name, text in said.items() if text),
                hint=f"look at them: shore ps, shore logs {' '.join(late)}; or give them longer: --wait-timeout",
            ) from None

    async def _all_ready(self, containers: Mapping[str, list[str]]) -> None:
        tasks = [asyncio.create_task(self.board.until(name, "ready", names)) for name, names in containers.items()]
        try:
            await asyncio.gather(*tasks)
        except ShoreError as error:
            raise await self._failure(Outcome(unmet={0: error}), Plan()) from error
        finally:
            for task in tasks:
                task.cancel()

    def _containers(self, service: str) -> list[str]:
        definition = self.stack.services[service]
        count = self.wish.up.scale.get(service, definition.scale)
        known = {c.number: c.name for c in self.observed.of(service)}
        names = [container_name(self.stack.name, definition, number) for number in range(1, count + 1)]
        return names if len(names) != len(known) else [known.get(n, names[n - 1]) for n in range(1, count + 1)]

    async def _find_images(self, names: Iterable[str]) -> None:
        wanted = list(names)
        found = await asyncio.gather(
            *(self.engine.find_image(self.stack, self.stack.services[name]) for name in wanted)
        )
        self.images = dict(zip(wanted, found, strict=True))

    def _reconcile(self) -> Plan:
        ids = {name: image.id for name, image in self.images.items() if image}
        return reconcile(self.stack, self.observed, replace(self.wish.up, images=ids))

    def _execute_options(self) -> ExecuteOptions:
        wish = self.wish
        return ExecuteOptions(
            create=wish.create,
            build=wish.building,
            offline=wish.offline,
            timeout=wish.timeout,
            parallel=max(0, wish.parallel),
        )


def _raise(errors: Iterable[ShoreError]) -> None:
    """All of them as one; nothing where there is none."""
    found = tuple(errors)
    if found:
        raise all_in_one(found)
