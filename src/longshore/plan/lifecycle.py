"""Plans of the commands that end, begin or repeat what is there: down, stop, start, restart, rm, kill, pause. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from longshore.model.graph import dependencies, start_order
from longshore.model.record import record
from longshore.model.reference import image_name
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.plan.builder import PlanBuilder
from longshore.plan.operation import Gate, OperationKind, Plan
from longshore.plan.orphans import is_orphan
from longshore.state.observed import LIVE, Container, Observed, ObservedVolume

__all__ = ["DownOptions", "down", "kill", "pause", "remove", "restart", "start", "stop", "unpause"]


@record
class DownOptions:
    """`volumes` (-v) also removes the file's named volumes and the anonymous ones; external ones never.
    `remove_orphans` also takes services that are not in the file, and one-off containers (of `run`). `images` (--rmi):
    "local" the images that were built under a name of the project's own, "all" those with a name in the file too."""

    services: tuple[str, ...] = ()
    volumes: bool = False
    remove_orphans: bool = False
    images: str = ""


def down(stack: Stack | None, observed: Observed, options: DownOptions) -> Plan:
    """Stop dependents before what they depend on, remove containers, then networks, then (with -v) volumes. What a
    profile leaves out is left as it is. Without a Compose file (`stack` None) every service of the project goes."""
    builder = PlanBuilder()
    chosen = [c for c in observed.containers if _goes(c, stack, options)]
    stops = _reverse(
        builder, stack, chosen, lambda c, after: builder.on("stop", c, "", after) if c.state in LIVE else 0
    )
    removed = [builder.on("remove", c, "", (stops.get(c.id) or None,)) for c in chosen]
    for reference in _images(stack, options):
        builder.add("remove image", reference, f"--rmi {options.images}", after=removed)
    left = [c for c in observed.containers if c not in chosen]
    volumes = _free_volumes(stack, observed, left) if options.volumes else []
    if options.services:
        used = {name for c in chosen for name in c.volumes}
        _remove_volumes(builder, [name for name in volumes if name in used], removed)
        return builder.plan()
    builder.orphans += [c.name for c in left if c.oneoff or stack is None or is_orphan(c, stack)]
    builder.resting += [c.name for c in left if c.name not in builder.orphans]
    kept_networks = {name for c in left if c.state in LIVE or not c.oneoff for name in c.networks}
    kept_networks |= {n.name for n in stack.networks.values() if n.external} if stack else set()
    for network in observed.networks:
        if network.name not in kept_networks:
            builder.add("remove network", network.name, "", after=removed)
    _remove_volumes(builder, volumes, removed)
    return builder.plan()


def _free_volumes(stack: Stack | None, observed: Observed, left: Sequence[Container]) -> list[str]:
    """The names of those that are the project's to remove and that nothing that is left has."""
    kept = {name for c in left for name in c.volumes}
    return [v.name for v in observed.volumes if v.name not in kept and _own_volume(v, stack, observed)]


def _remove_volumes(builder: PlanBuilder, names: Iterable[str], removed: Sequence[int]) -> None:
    for name in names:
        builder.add("remove volume", name, "down -v", after=removed)


def _goes(container: Container, stack: Stack | None, options: DownOptions) -> bool:
    if container.oneoff and not options.remove_orphans:
        return False
    if options.services:
        return container.service in options.services
    if stack is None or container.service in stack.services:
        return True
    return options.remove_orphans and is_orphan(container, stack)


def _own_volume(volume: ObservedVolume, stack: Stack | None, observed: Observed) -> bool:
    """Whether `down -v` may remove it: other files of the same project may have volumes of their own."""
    if volume.project != observed.project:
        return False
    return stack is None or volume.name in {v.name for v in stack.volumes.values() if not v.external}


def _images(stack: Stack | None, options: DownOptions) -> list[str]:
    """The images that go, each once."""
    if stack is None or not options.images:
        return []
    return list(
        dict.fromkeys(
            image_name(stack.name, service)
            for service in stack.services.values()
            if (options.images == "all" or not service.image)
            and (not options.services or service.name in options.services)
        )
    )


def stop(stack: Stack | None, observed: Observed, services: Iterable[str] | None) -> Plan:
    """Stop the running containers of `services` (None: of all), dependents first."""
    builder = PlanBuilder()
    chosen = [c for c in _of(observed, services) if c.state in LIVE]
    _reverse(builder, stack, chosen, lambda c, after: builder.on("stop", c, "", after))
    return builder.plan()


def start(stack: Stack | None, observed: Observed, services: Iterable[str] | None) -> Plan:
    """Start existing containers of `services` (None: of all), each after what it depends on."""
    builder = PlanBuilder()
    chosen = [c for c in _of(observed, services) if c.state not in LIVE]
    _forward(builder, stack, chosen, "start", "not running")
    return builder.plan()


def restart(stack: Stack | None, observed: Observed, services: Iterable[str] | None, *, no_deps: bool = False) -> Plan:
    """Restart `services` (None: all) and, unless `no_deps`, those that depend on them with `restart: true`."""
    names = {c.service for c in observed.containers} if services is None else set(services)
    if stack and not no_deps:
        names |= _restarted_with(stack.services, names)
    builder = PlanBuilder()
    _forward(builder, stack, list(_of(observed, names)), "restart", "")
    return builder.plan()


def kill(observed: Observed, services: Iterable[str] | None) -> Plan:
    """Kill the running containers of `services` (None: of all), in no order; one-off containers (of `run`), too."""
    return _each(observed, services, "kill", lambda c: c.state in LIVE, oneoffs=True)


def pause(observed: Observed, services: Iterable[str] | None) -> Plan:
    """Hold the running containers of `services` (None: of all) where they are."""
    return _each(observed, services, "pause", lambda c: c.state == "running")


def unpause(observed: Observed, services: Iterable[str] | None) -> Plan:
    """Let the paused containers of `services` (None: of all) go on."""
    return _each(observed, services, "unpause", lambda c: c.state == "paused")


def remove(observed: Observed, services: Iterable[str] | None, *, stop_first: bool = False) -> Plan:
    """Remove stopped containers of `services` (None: of all); running ones too when they are stopped first."""
    builder = PlanBuilder()
    for container in _of(observed, services):
        live = container.state in LIVE
        if live and not stop_first:
            continue
        ended = builder.on("stop", container, "") if live else None
        builder.on("remove", container, "", (ended,))
    return builder.plan()


def _each(
    observed: Observed, services: Iterable[str] | None, kind: OperationKind, choose: Callable[[Container], bool], *,
    oneoffs: bool = False,
) -> Plan:  # fmt: skip
    builder = PlanBuilder()
    for container in _of(observed, services, oneoffs=oneoffs):
        if choose(container):
            builder.on(kind, container, "")
    return builder.plan()


def _of(observed: Observed, services: Iterable[str] | None, *, oneoffs: bool = False) -> list[Container]:
    wanted = None if services is None else set(services)
    containers = (c for c in observed.containers if oneoffs or not c.oneoff)
    return [c for c in containers if wanted is None or c.service in wanted]


def _restarted_with(services: Mapping[str, Service], names: set[str]) -> set[str]:
    return {
        service.name
        for service in services.values()
        if any(dependency.restart and name in names for name, dependency in dependencies(service).items())
    }


def _reverse(
    builder: PlanBuilder,
    stack: Stack | None,
    containers: list[Container],
    add: Callable[[Container, list[int]], int],
) -> dict[str, int]:
    """Add one operation a container, dependents before dependencies; the operation ids by container id (0: none)."""
    services = stack.services if stack else {}
    order = {name: index for index, name in enumerate(start_order(services))}
    done: dict[str, int] = {}
    by_service: dict[str, list[int]] = {}
    for container in sorted(containers, key=lambda c: -order.get(c.service, len(order))):
        users = [s.name for s in services.values() if container.service in dependencies(s)]
        after = [operation for user in users for operation in by_service.get(user, [])]
        operation = add(container, after)
        done[container.id] = operation
        if operation:
            by_service.setdefault(container.service, []).append(operation)
    return done


def _forward(
    builder: PlanBuilder, stack: Stack | None, containers: list[Container], kind: OperationKind, cause: str
) -> None:
    """Add one operation a container, each after those of what it depends on, gated by the declared conditions."""
    services = stack.services if stack else {}
    order = {name: index for index, name in enumerate(start_order(services))}
    by_service: dict[str, list[int]] = {}
    for container in sorted(containers, key=lambda c: (order.get(c.service, len(order)), c.number)):
        service = services.get(container.service)
        needs = dependencies(service) if service else {}
        operation = builder.add(
            kind,
            f"{container.service}-{container.number}",
            cause,
            service=container.service,
            number=container.number,
            after=[one for name in needs for one in by_service.get(name, [])],
            gates=tuple(
                Gate(d.service, d.condition, d.required)
                for d in needs.values()
                if d.condition != "service_started" and d.service in by_service
            ),
            container=container.id,
        )
        by_service.setdefault(container.service, []).append(operation)
