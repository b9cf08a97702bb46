"""The flow of `run`: the service changed by what is asked, what it needs brought up, then the command."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from longshore.engine.base import BuildOptions, RunRequest
from longshore.flow.audience import Audience, Scene
from longshore.flow.choice.choose import Choice
from longshore.flow.converge import Convergence, Wish
from longshore.flow.home import Where, alone
from longshore.flow.lock import project_lock
from longshore.model.errors import UsageError, all_in_one
from longshore.model.graph import with_dependencies
from longshore.model.record import factory, record, replace
from longshore.model.service import EMPTY, Mount, Port, RestartPolicy, Service
from longshore.model.stack import Stack, Volume
from longshore.plan.crowding import held_ports
from longshore.plan.images import image_plan
from longshore.plan.operation import Plan
from longshore.plan.reconcile import UpOptions
from longshore.state.events import ContainerCreated, Emit, Event, untold

__all__ = ["OneOff", "Overrides", "changed_service", "plan_oneoff", "ready_for", "run_oneoff"]


@record
class Overrides:
    """What one run changes of the service. `None` and empty leave the file's; `mounts` and `ports` are short forms of
    the Compose Specification; `env_files` are read as the file's own are."""

    command: tuple[str, ...] = ()
    entrypoint: str | None = None
    environment: Mapping[str, str] = EMPTY
    env_files: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    service_ports: bool = False
    labels: Mapping[str, str] = EMPTY
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    user: str | None = None
    working_dir: str | None = None


@record
class OneOff:
    """A one-off container of `service`. `pull` overrides its pull policy; `parallel` 0 means no bound."""

    service: str
    overrides: Overrides = factory(default_factory=Overrides)
    name: str = ""
    tty: bool = False
    interactive: bool = True
    detach: bool = False
    remove: bool = False
    use_aliases: bool = False
    no_deps: bool = False
    build: bool = False
    pull: str = ""
    remove_orphans: bool = False
    parallel: int = 0


async def run_oneoff(where: Where, stack: Stack, request: OneOff, audience: Audience) -> int:
    """Bring up what the service needs, run it; the exit code is the command's own."""
    stack = _changed_stack(where, stack, request)
    service = stack.services[request.service]
    async with AsyncExitStack() as opened:
        async with alone(where, stack, "run", opened) as (choice, _):
            await _Needs(where, stack, choice, request, audience).bring_up()
        return await choice.engine.run(stack, _run_request(request, service, stack), _detached(request, audience))


async def plan_oneoff(where: Where, stack: Stack, request: OneOff) -> tuple[Plan, Plan, Plan]:
    """What `run` would do before the command: for the service's own image, for the images of what it needs, for the
    rest. Raises ShoreError where `run` would refuse."""
    stack = _changed_stack(where, stack, request)
    async with AsyncExitStack() as opened, alone(where, stack, "run", opened) as (choice, _):
        needs = _Needs(where, stack, choice, request, Audience())
        convergence = await needs.convergence()
        plans = await needs.plans(convergence)
        await _check_ports(convergence, stack.services[request.service])
        await convergence.check(plans[-1])
        return plans


async def ready_for(where: Where, stack: Stack, choice: Choice, request: OneOff, audience: Audience) -> None:
    """The image of the service and what it depends on, ready for several runs."""
    async with project_lock(stack.name, "run", where.environ, where.say):
        await _Needs(where, stack, choice, request, audience).bring_up()


def _changed_stack(where: Where, stack: Stack, request: OneOff) -> Stack:
    service = changed_service(stack.services[request.service], request.overrides, stack, where)
    return replace(stack, services={**stack.services, service.name: service}, volumes=_volumes(stack, service))


def _run_request(request: OneOff, service: Service, stack: Stack) -> RunRequest:
    return RunRequest(
        service=service,
        name=request.name or f"{stack.name}-{service.name}-run-{int(time.time() * 1000) & 0xFFFFFFFF:08x}",
        tty=request.tty,
        interactive=request.interactive and not request.detach,
        detach=request.detach,
        remove=request.remove,
        use_aliases=request.use_aliases,
    )


@record
class _Needs:
    """The image of the service and what it depends on, ready before the command."""

    where: Where
    stack: Stack
    choice: Choice
    request: OneOff
    audience: Audience

    @property
    def names(self) -> tuple[str, ...]:
        """What the service depends on."""
        name = self.request.service
        if self.request.no_deps:
            return ()
        return tuple(n for n in with_dependencies(self.stack.services, [name]) if n != name)

    async def convergence(self) -> Convergence:
        request, needs = self.request, self.names
        observed = await self.choice.observe(self.stack.name)
        up = UpOptions(services=needs or (request.service,), no_deps=not needs, remove_orphans=request.remove_orphans)
        wish = Wish(
            up=up,
            building=BuildOptions(offline=self.where.offline),
            pull=request.pull,
            offline=self.where.offline,
            parallel=request.parallel,
        )
        return Convergence(self.choice.engine, self.stack, observed, wish, self.audience.take)

    async def plans(self, convergence: Convergence) -> tuple[Plan, Plan, Plan]:
        own = await _own_image(convergence, self.request)
        first, plan = await convergence.plans() if self.names else (Plan(), Plan())
        return own, first, plan

    async def bring_up(self) -> None:
        name, convergence = self.request.service, await self.convergence()
        own, first, plan = await self.plans(convergence)
        if own or first or plan:
            self.audience.begins(Scene(self.stack, convergence.observed, (name, *self.names)))
        else:
            convergence.emit = untold
        try:
            await _check_ports(convergence, self.stack.services[name])
            await convergence.make_images(own)
            if self.names:
                async with convergence.watching():
                    await convergence.realise(first, plan)
                    await convergence.wait_for_conditions(self.stack.services[name])
        finally:
            self.audience.closes()


async def _check_ports(convergence: Convergence, service: Service) -> None:
    """Before anything is built or started for it: its container comes beside what runs, so that also a port of this
    project's own is taken."""
    if not service.ports:
        return
    held = tuple(held_ports(service, convergence.observed))
    if held:
        raise all_in_one(held)
    await convergence.engine.preflight(convergence.stack, [service.name], convergence.observed)


async def _own_image(convergence: Convergence, request: OneOff) -> Plan:
    name = request.service
    image = await convergence.engine.find_image(convergence.stack, convergence.stack.services[name])
    present = {name: image is not None}
    return image_plan(convergence.stack, [name], present, build=request.build, pull=convergence.wish.pull)


def changed_service(service: Service, asked: Overrides, stack: Stack, where: Where) -> Service:
    """The service as this one run wants it: no restarts, no health check, no ports unless asked. Raises UsageError for
    short forms that are none."""
    ports = (*(service.ports if asked.service_ports else ()), *(p for text in asked.ports for p in _ports(text)))
    changes: dict[str, Any] = {
        "environment": {**service.environment, **_from_files(asked.env_files, where), **asked.environment},
        "ports": ports,
        "mounts": (*service.mounts, *(_mount(text) for text in asked.mounts)),
        "labels": {**service.labels, **asked.labels},
        "cap_add": (*service.cap_add, *asked.cap_add),
        "cap_drop": (*service.cap_drop, *asked.cap_drop),
        "restart": RestartPolicy(),
        "container_name": "",
        "scale": 1,
        "healthcheck": None,
    }
    if asked.command:
        changes["command"] = asked.command
    if asked.entrypoint is not None:
        changes["entrypoint"] = _words(asked.entrypoint)
        changes["command"] = asked.command
    if asked.user is not None:
        changes["user"] = asked.user
    if asked.working_dir is not None:
        changes["working_dir"] = asked.working_dir
    return replace(service, **changes)


def _words(text: str) -> tuple[str, ...]:
    import shlex

    return tuple(shlex.split(text))


def _from_files(paths: tuple[str, ...], where: Where) -> Mapping[str, str]:
    from longshore.compose.read.envfiles import read_env_files
    from longshore.compose.values.problems import Problems

    if not paths:
        return {}
    problems = Problems(lambda text, place: where.say(f"warning: {text}"))
    found = read_env_files(list(paths), dict(where.environ), problems)
    problems.check()
    return found


def _ports(text: str) -> list[Port]:
    from longshore.compose.values.shortforms import ports

    try:
        parsed = ports(text)
    except ValueError as error:
        raise UsageError(f"--publish: {text!r}: {error}", hint="[ADDRESS:][HOST:]PORT[/udp]") from None
    return [
        Port(int(p["target"]), str(p.get("published", "")), p.get("host_ip", ""), p.get("protocol", "tcp"))
        for p in parsed
    ]


def _mount(text: str) -> Mount:
    from longshore.compose.values.shortforms import volume

    try:
        parsed = volume(text)
    except ValueError as error:
        raise UsageError(f"--volume: {text!r}: {error}", hint="SOURCE:TARGET[:ro]") from None
    kind, source = parsed["type"], parsed.get("source", "")
    if kind == "bind":
        source = str(Path(source).expanduser().absolute())
    return Mount(kind, parsed["target"], source, read_only=bool(parsed.get("read_only", False)))


def _volumes(stack: Stack, service: Service) -> Mapping[str, Volume]:
    """The stack's volumes and those that -v names for the first time."""
    known = dict(stack.volumes)
    for mount in service.mounts:
        if mount.type == "volume" and mount.source:
            known.setdefault(mount.source, Volume(mount.source, f"{stack.name}_{mount.source}"))
    return known


def _detached(request: OneOff, audience: Audience) -> Emit:
    """Tells of a container that is left running."""

    def take(event: Event) -> None:
        if request.detach and isinstance(event, ContainerCreated):
            audience.detached(event.id)

    return take
