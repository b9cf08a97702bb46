"""What `up` has to do: compares the wanted stack with what is there. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.model.graph import dependencies, referred, start_order, with_dependencies
from longshore.model.names import container_name
from longshore.model.record import factory, record
from longshore.model.service import EMPTY, Service
from longshore.model.stack import Network, Stack
from longshore.plan.builder import PlanBuilder, label
from longshore.plan.gates import holds
from longshore.plan.networks import changed_networks, containers_on, used_networks
from longshore.plan.operation import Gate, Plan
from longshore.plan.orphans import orphans
from longshore.state.fingerprint import FINGERPRINT_LABEL, IDS_LABEL, changes
from longshore.state.hashes import resolved_hash
from longshore.state.observed import LIVE, Container, Observed

__all__ = ["UpOptions", "reconcile", "wanted_services"]


@record
class UpOptions:
    """The flags of `up` that change the plan. `services` empty means all. `images` gives, by service, the id of the
    image that a new container would run; a container of another image is recreated. `recreate_dependents`: what
    depends on a recreated service is recreated too (--always-recreate-deps)."""

    services: tuple[str, ...] = ()
    no_deps: bool = False
    force_recreate: bool = False
    no_recreate: bool = False
    recreate_dependents: bool = False
    remove_orphans: bool = False
    ignore_orphans: bool = False
    start: bool = True
    scale: Mapping[str, int] = EMPTY
    images: Mapping[str, str] = EMPTY


def wanted_services(stack: Stack, options: UpOptions) -> tuple[str, ...]:
    """The services that `up` is about, each after all it depends on."""
    asked = options.services or tuple(stack.services)
    chosen = set(asked if options.no_deps else with_dependencies(stack.services, asked))
    return tuple(name for name in start_order(stack.services) if name in chosen)


def reconcile(stack: Stack, observed: Observed, options: UpOptions) -> Plan:
    """The operations that bring the project to what `stack` says, each with its cause."""
    work = _Work(stack, observed, options)
    names = wanted_services(stack, options)
    _networks(work, names)
    _volumes(work, names)
    for name in names:
        _service(work, stack.services[name])
    for name in names:
        _start(work, stack.services[name])
    _start_again(work, names)
    _orphans(work)
    return work.builder.plan(name for name in names if name not in work.touched)


@record(frozen=False)
class _Work:
    stack: Stack
    observed: Observed
    options: UpOptions
    builder: PlanBuilder = factory(default_factory=PlanBuilder)
    networks: dict[str, int] = factory(default_factory=dict)
    volumes: dict[str, int] = factory(default_factory=dict)
    recreated: dict[str, str] = factory(default_factory=dict)
    halted: dict[str, int] = factory(default_factory=dict)
    created: dict[str, list[tuple[int, int]]] = factory(default_factory=dict)
    stopped: dict[str, list[tuple[Container, str]]] = factory(default_factory=dict)
    running: dict[str, list[Container]] = factory(default_factory=dict)
    last: dict[str, list[int]] = factory(default_factory=dict)
    touched: set[str] = factory(default_factory=set)


def _networks(work: _Work, names: tuple[str, ...]) -> None:
    there = {network.name for network in work.observed.networks}
    changed = {network.key: cause for network, cause in changed_networks(work.stack, names, work.observed)}
    for network in used_networks(work.stack, names):
        if network.key in changed:
            work.networks[network.key] = _renew(work, network, changed[network.key])
        elif network.name not in there:
            work.networks[network.key] = work.builder.add("create network", network.name, "no network")


def _renew(work: _Work, network: Network, cause: str) -> int:
    """Make a network anew. What runs on it is stopped for that, as Docker Compose does, and started again."""
    on_it = containers_on(network, work.stack, work.observed)
    for container in on_it:
        if container.id not in work.halted:
            work.halted[container.id] = work.builder.on("stop", container, f"network {network.name} is made anew")
    removed = work.builder.add(
        "remove network", network.name, cause, after=[work.halted[container.id] for container in on_it]
    )
    return work.builder.add("create network", network.name, "", after=(removed,))


def _volumes(work: _Work, names: tuple[str, ...]) -> None:
    used = {m.source for name in names for m in work.stack.services[name].mounts if m.type == "volume" and m.source}
    there = {volume.name for volume in work.observed.volumes}
    for key, volume in work.stack.volumes.items():
        if key in used and not volume.external and volume.name not in there:
            work.volumes[key] = work.builder.add("create volume", volume.name, "no volume")


def _service(work: _Work, service: Service) -> None:
    """Decide for each container of a service: keep, recreate, create or remove."""
    there = list(work.observed.of(service.name))
    count = work.options.scale.get(service.name, service.scale)
    for container in there[count:]:
        _remove(work, container, f"scaled down to {count}")
    kept = there[:count]
    for container in kept:
        cause = _divergence(work, service, container)
        if cause:
            _recreate(work, service, container, cause)
        elif container.state == "running" and container.id not in work.halted:
            work.running.setdefault(service.name, []).append(container)
        else:
            work.stopped.setdefault(service.name, []).append((container, _idle(work, container)))
    taken = {container.number for container in kept}
    free = (number for number in range(1, count + len(taken) + 1) if number not in taken)
    cause = f"scaled up to {count}" if kept else "no container"
    for _, number in zip(range(count - len(kept)), free, strict=False):
        made = _create(work, service, number, cause)
        work.created.setdefault(service.name, []).append((number, made))


def _divergence(work: _Work, service: Service, container: Container) -> str:
    """Why a container must be recreated; "" when it need not."""
    options = work.options
    if options.no_recreate:
        return ""
    if options.force_recreate and (not options.services or service.name in options.services):
        return "forced"
    if container.config_hash not in (service.config_hash, resolved_hash(service, work.observed)):
        return changes(container.labels.get(FINGERPRINT_LABEL, ""), service)
    if container.labels.get(IDS_LABEL, service.ids) != service.ids:
        return "x-longshore ids changed"
    wanted = options.images.get(service.name, "")
    if wanted and container.image_id and wanted != container.image_id:
        return "image changed"
    return _dependency_cause(work, service)


def _dependency_cause(work: _Work, service: Service) -> str:
    for name, dependency in dependencies(service).items():
        if name not in work.recreated:
            continue
        shares = any(getattr(service, mode) == f"service:{name}" for mode in ("network_mode", "ipc", "pid"))
        if shares:
            return f"shares a namespace with {name}, which is recreated"
        if work.options.recreate_dependents and not dependency.restart:
            return f"its dependency {name} is recreated"
    return ""


def _recreate(work: _Work, service: Service, container: Container, cause: str) -> None:
    work.recreated[service.name] = cause
    created = _create(work, service, container.number, cause, replaces=container.id)
    waits: tuple[int, ...] = (created,)
    if container.id in work.halted:
        waits = (created, work.halted[container.id])
    elif container.state in LIVE:
        waits = (work.builder.on("stop", container, "", after=(created,)),)
    replaced = work.builder.add(
        "replace",
        label(service.name, container.number),
        "",
        service=service.name,
        number=container.number,
        after=waits,
        container=container_name(work.stack.name, service, container.number),
        replaces=container.id,
    )
    work.created.setdefault(service.name, []).append((container.number, replaced))


def _idle(work: _Work, container: Container) -> str:
    """Why a container has to be started."""
    if container.id in work.halted:
        return "stopped for its network"
    return "not started" if container.state == "created" else "not running"


def _create(work: _Work, service: Service, number: int, cause: str, replaces: str = "") -> int:
    needs = [work.networks.get(key) for key in service.networks]
    needs += [work.volumes.get(m.source) for m in service.mounts if m.type == "volume"]
    needs += [made for name in referred(service) for _, made in work.created.get(name, [])]
    work.touched.add(service.name)
    return work.builder.add(
        "create",
        label(service.name, number),
        cause,
        service=service.name,
        number=number,
        after=needs,
        container=container_name(work.stack.name, service, number),
        replaces=replaces,
    )


def _start(work: _Work, service: Service) -> None:
    """Start what was created or is not running, after what it depends on; restart what its dependencies demand."""
    if not work.options.start:
        return
    after, gates = _waits(work, service)
    begun: list[int] = []
    for number, created in work.created.get(service.name, []):
        name = container_name(work.stack.name, service, number)
        begun.append(
            work.builder.add(
                "start",
                label(service.name, number),
                "",
                service=service.name,
                number=number,
                after=(created, *after),
                gates=gates,
                container=name,
            )
        )
    for container, cause in work.stopped.get(service.name, []):
        networks = [work.networks[key] for key in service.networks if key in work.networks]
        begun.append(_start_existing(work, container, cause, (*after, *networks), gates))
    cause = _restart_cause(work, service)
    for container in work.running.get(service.name, []) if cause else []:
        target = label(service.name, container.number)
        begun.append(
            work.builder.add(
                "restart",
                target,
                cause,
                service=service.name,
                number=container.number,
                after=after,
                gates=gates,
                container=container.id,
            )
        )
    if begun:
        work.touched.add(service.name)
        work.last[service.name] = begun
    elif service.name in work.running:
        _wait(work, service, after, gates)


def _wait(work: _Work, service: Service, after: tuple[int, ...], gates: tuple[Gate, ...]) -> None:
    """A service that runs on is not started, yet `up` returns, as in Docker Compose, once what it depends on is ready:
    a dependency may be new in the file, start again, or still be on its way."""
    shut = tuple(g for g in gates if g.service in work.last or not holds(g, work.observed.of(g.service)))
    if shut:
        work.builder.add("wait", service.name, "it runs already", service=service.name, after=after, gates=shut)


def _start_existing(
    work: _Work, container: Container, cause: str, after: tuple[int, ...], gates: tuple[Gate, ...]
) -> int:
    return work.builder.add(
        "start",
        label(container.service, container.number),
        cause,
        service=container.service,
        number=container.number,
        after=after,
        gates=gates,
        container=container.id,
    )


def _waits(work: _Work, service: Service) -> tuple[tuple[int, ...], tuple[Gate, ...]]:
    """The operations and conditions that a start of `service` waits for. A dependency that is only to be started is
    waited for by its operation; any other condition is a gate, which also holds for one that runs already."""
    if work.options.no_deps:
        return (), ()
    after: list[int] = []
    gates: list[Gate] = []
    for name, dependency in dependencies(service).items():
        if name not in work.stack.services:
            continue
        if dependency.required:
            after += work.last.get(name, [])
        if dependency.condition != "service_started" or not dependency.required:
            gates.append(Gate(name, dependency.condition, dependency.required))
    return tuple(after), tuple(gates)


def _restart_cause(work: _Work, service: Service) -> str:
    for name, dependency in dependencies(service).items():
        if dependency.restart and name in work.recreated:
            return f"its dependency {name} is recreated (restart: true)"
    return ""


def _start_again(work: _Work, names: tuple[str, ...]) -> None:
    """What ran on a network that is made anew and belongs to a service that nobody asked for."""
    left = [c for c in work.observed.containers if c.id in work.halted and c.service not in names and not c.oneoff]
    if not left or not work.options.start:
        return
    order = {name: index for index, name in enumerate(start_order(work.stack.services))}
    for container in sorted(left, key=lambda c: order.get(c.service, len(order))):
        service = work.stack.services.get(container.service)
        needs = [begun for name in (dependencies(service) if service else ()) for begun in work.last.get(name, [])]
        after = [*work.networks.values(), *needs]
        begun = work.builder.on("start", container, _idle(work, container), after=after)
        work.last.setdefault(container.service, []).append(begun)


def _remove(work: _Work, container: Container, cause: str) -> int:
    stop = work.builder.on("stop", container, cause) if container.state != "created" else None
    work.touched.add(container.service)
    return work.builder.on("remove", container, "" if stop else cause, after=(stop,))


def _orphans(work: _Work) -> None:
    for container in orphans(work.stack, work.observed):
        if work.options.remove_orphans:
            _remove(work, container, "not in the Compose file")
        elif not work.options.ignore_orphans:
            work.builder.orphans.append(container.name)
