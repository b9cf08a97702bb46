"""The dependency graph of services: what each waits for, and the orders that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from longshore.model.errors import ShoreError
from longshore.model.service import Dependency, Service

__all__ = ["dependencies", "dependents", "find_cycle", "referred", "start_order", "with_dependencies"]

_MODES = ("network_mode", "ipc", "pid")


def dependencies(service: Service) -> Mapping[str, Dependency]:
    """Everything `service` needs started first: `depends_on`, and what the Specification implies by `links`,
    `volumes_from`, and `service:` modes (network_mode, ipc, pid)."""
    found = dict(service.depends_on)
    for link in service.links:
        found.setdefault(link.split(":")[0], Dependency(link.split(":")[0]))
    for source in service.volumes_from:
        if not source.startswith("container:"):
            found.setdefault(source.split(":")[0], Dependency(source.split(":")[0]))
    for mode in _MODES:
        value = getattr(service, mode)
        if value.startswith("service:"):
            name = value.removeprefix("service:")
            found.setdefault(name, Dependency(name, restart=True))
    return found


def referred(service: Service) -> tuple[str, ...]:
    """The services whose containers must exist before one of `service` can be made: it shares a namespace or the
    volumes of theirs, or links to them."""
    modes = [getattr(service, mode) for mode in _MODES]
    names = [mode.removeprefix("service:") for mode in modes if mode.startswith("service:")]
    names += [source.split(":")[0] for source in service.volumes_from if not source.startswith("container:")]
    return tuple(dict.fromkeys([*names, *(link.split(":")[0] for link in service.links)]))


def dependents(services: Mapping[str, Service], name: str) -> tuple[str, ...]:
    """The services that depend directly on `name`, in the files' order."""
    return tuple(s.name for s in services.values() if name in dependencies(s))


def with_dependencies(services: Mapping[str, Service], wanted: Iterable[str]) -> tuple[str, ...]:
    """`wanted` and all they need, in the files' order. Unknown names are left to the caller's own check."""
    need: set[str] = set()
    stack = list(wanted)
    while stack:
        name = stack.pop()
        if name in need or name not in services:
            continue
        need.add(name)
        stack.extend(dependencies(services[name]))
    return tuple(name for name in services if name in need)


def start_order(services: Mapping[str, Service]) -> tuple[str, ...]:
    """Every service after all it depends on; the files' order where nothing else decides. Raises on a cycle."""
    order, cycle = _walk(services)
    if cycle:
        raise ShoreError(
            f"services depend on each other in a circle: {' → '.join(cycle)}",
            hint="remove one depends_on of the circle",
            place=services[cycle[0]].place("depends_on"),
        )
    return order


def find_cycle(services: Mapping[str, Service]) -> tuple[str, ...]:
    """One circle of dependencies as names, first and last equal; empty when there is none."""
    return _walk(services)[1]


def _walk(services: Mapping[str, Service]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Depth first without recursion (a chain may be as long as the file): the order, or the first circle met."""
    needs = {name: [n for n in dependencies(service) if n in services] for name, service in services.items()}
    done: dict[str, None] = {}
    for root in services:
        path, left = [root], [iter(needs[root])]
        while path and root not in done:
            needed = next((n for n in left[-1] if n not in done), None)
            if needed is None:
                done[path.pop()] = None
                left.pop()
            elif needed in path:
                return (), (*path[path.index(needed) :], needed)
            else:
                path.append(needed)
                left.append(iter(needs[needed]))
    return tuple(done), ()
