"""The dependency graph of services: what each waits for, and the orders that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from longshore.model.errors import ShoreError
from longshore.model.service import Dependency, Service

__all__ = ["dependencies", "dependents", "find_cycle", "start_order", "with_dependencies"]

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
    cycle = find_cycle(services)
    if cycle:
        raise ShoreError(
            f"services depend on each other in a circle: {' → '.join(cycle)}",
            hint="remove one depends_on of the circle",
            place=services[cycle[0]].place("depends_on"),
        )
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in done or name not in services:
            return
        for needed in dependencies(services[name]):
            visit(needed)
        done[name] = None

    for name in services:
        visit(name)
    return tuple(done)


def find_cycle(services: Mapping[str, Service]) -> tuple[str, ...]:
    """One circle of dependencies as names, first and last equal; empty when there is none."""
    state: dict[str, int] = {}
    path: list[str] = []

    def visit(name: str) -> tuple[str, ...]:
        state[name] = 1
        path.append(name)
        for needed in dependencies(services[name]):
            if needed not in services:
                continue
            if state.get(needed) == 1:
                return (*path[path.index(needed) :], needed)
            if needed not in state and (found := visit(needed)):
                return found
        path.pop()
        state[name] = 2
        return ()

    for name in services:
        if name not in state and (found := visit(name)):
            return found
    return ()
