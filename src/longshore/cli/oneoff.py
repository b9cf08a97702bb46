"""The flow of `run`: the service changed by the flags, what it needs brought up, then the command."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longshore.cli.arguments import Args
from longshore.cli.display import open_reporter
from longshore.cli.session import chosen, environment
from longshore.cli.tty import wants_tty
from longshore.cli.upoptions import parallel_limit
from longshore.engine.base import BuildOptions, RunRequest
from longshore.flow.choose import Choice
from longshore.flow.converge import Convergence, Wish
from longshore.flow.lock import project_lock
from longshore.model.errors import UsageError, all_in_one
from longshore.model.graph import with_dependencies
from longshore.model.record import replace
from longshore.model.service import Mount, Port, RestartPolicy, Service
from longshore.model.stack import Stack, Volume
from longshore.plan.crowding import held_ports
from longshore.plan.images import image_plan
from longshore.plan.operation import Plan
from longshore.plan.reconcile import UpOptions
from longshore.report.dryrun import plan_text
from longshore.state.events import Event

__all__ = ["changed_service", "run_oneoff"]


async def run_oneoff(args: Args, stack: Stack) -> int:
    """The exit code is the command's own."""
    service = changed_service(stack.services[args.service], args, stack)
    stack = replace(stack, services={**stack.services, service.name: service}, volumes=_volumes(stack, service))
    async with chosen(args, stack) as choice:
        async with project_lock(stack.name, "run", environment(args)):
            planned = await _bring_up_needs(args, stack, choice)
        if args.dry_run:
            print(planned)
            return 0
        return await choice.engine.run(stack, _request(args, service, stack), _silent)


def _request(args: Args, service: Service, stack: Stack) -> RunRequest:
    return RunRequest(
        service=service,
        name=args.name or f"{stack.name}-{service.name}-run-{int(time.time() * 1000) & 0xFFFFFFFF:08x}",
        tty=wants_tty(args.no_tty, args.detach),
        interactive=args.interactive == "true" and not args.detach,
        detach=args.detach,
        remove=args.rm,
        use_aliases=args.use_aliases,
    )


async def _bring_up_needs(args: Args, stack: Stack, choice: Choice) -> str:
    """Images of the service and of what it needs, then its dependencies, ready; under --dry-run only the text."""
    name = args.service
    needs = () if args.no_deps else tuple(n for n in with_dependencies(stack.services, [name]) if n != name)
    observed = await choice.engine.observe(stack.name)
    wish = Wish(
        up=UpOptions(services=needs or (name,), no_deps=not needs, remove_orphans=args.remove_orphans),
        building=BuildOptions(offline=args.offline),
        pull="" if args.pull in (None, "policy") else args.pull,
        offline=args.offline,
        parallel=parallel_limit(args),
    )
    mode = "quiet" if args.quiet else args.progress
    args.progress = mode
    report = open_reporter(args, stack, observed, services=[name, *needs])
    hushed = {"build.output", "build.step"} if args.quiet_build else set()

    def emit(event: Event) -> None:
        if event.kind not in hushed:
            report.take(event)

    convergence = Convergence(choice.engine, stack, observed, wish, emit)
    own = await _own_image(convergence, args)
    first, plan = await convergence.plans() if needs else (Plan(), Plan())
    if args.dry_run:
        return "\n".join([*filter(None, [str(own)]), *([plan_text(first, plan)] if needs else []), f"run  {name}"])
    if not (own or first or plan):
        convergence.emit = _silent
    try:
        await _check_ports(convergence, stack.services[name])
        await convergence.make_images(own)
        if needs:
            await _start(convergence, first, plan, stack, name)
    finally:
        report.close()
    return ""


async def _check_ports(convergence: Convergence, service: Service) -> None:
    """Before anything is built or started for it: its container comes beside what runs, so that also a port of this
    project's own is taken."""
    if not service.ports:
        return
    held = tuple(held_ports(service, convergence.observed))
    if held:
        raise all_in_one(held)
    await convergence.engine.preflight(convergence.stack, [service.name])


async def _own_image(convergence: Convergence, args: Args) -> Plan:
    image = await convergence.engine.find_image(convergence.stack, convergence.stack.services[args.service])
    present = {args.service: image is not None}
    return image_plan(convergence.stack, [args.service], present, build=args.build, pull=convergence.wish.pull)


async def _start(convergence: Convergence, first: Plan, plan: Plan, stack: Stack, name: str) -> None:
    await convergence.check(plan)
    await convergence.make_images(first)
    if first:
        plan = await convergence.after_images()
    async with convergence.watching():
        await convergence.carry_out(plan)
        await convergence.wait_for_conditions(stack.services[name])


def changed_service(service: Service, args: Args, stack: Stack) -> Service:
    """The service as this one run wants it: the flags over the file, no restarts, no ports unless asked."""
    ports = (*(service.ports if args.service_ports else ()), *(p for text in args.publish for p in _ports(text)))
    changes: dict[str, Any] = {
        "environment": {**service.environment, **_from_files(args.env_from_file), **dict(args.env)},
        "ports": ports,
        "mounts": (*service.mounts, *(_mount(text, stack) for text in args.volume)),
        "labels": {**service.labels, **dict(args.label)},
        "cap_add": (*service.cap_add, *args.cap_add),
        "cap_drop": (*service.cap_drop, *args.cap_drop),
        "restart": RestartPolicy(),
        "container_name": "",
        "scale": 1,
        "healthcheck": None,
    }
    if args.command:
        changes["command"] = tuple(args.command)
    if args.entrypoint is not None:
        changes["entrypoint"] = _words(args.entrypoint)
        changes["command"] = tuple(args.command)
    if args.user is not None:
        changes["user"] = args.user
    if args.workdir is not None:
        changes["working_dir"] = args.workdir
    return replace(service, **changes)


def _words(text: str) -> tuple[str, ...]:
    import shlex

    return tuple(shlex.split(text))


def _from_files(paths: list[str]) -> Mapping[str, str]:
    from longshore.compose.read.envfiles import read_env_files
    from longshore.compose.values.problems import Problems

    if not paths:
        return {}
    problems = Problems(lambda text, place: print(f"warning: {text}", file=sys.stderr))
    found = read_env_files(paths, dict(os.environ), problems)
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


def _mount(text: str, stack: Stack) -> Mount:
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


def _silent(event: Event) -> None:
    del event
