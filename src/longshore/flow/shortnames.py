"""What each container of a project is called where there is little room. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.model.names import container_name
from longshore.model.service import EMPTY
from longshore.model.stack import Stack
from longshore.state.observed import Observed

__all__ = ["short_names"]


def short_names(stack: Stack | None, observed: Observed, scale: Mapping[str, int] = EMPTY) -> dict[str, str]:
    """By each container's full name, its short one: "db", or "web-2" where a service has several. Those that are there
    and those that the stack will have with `scale` (--scale), in the order of the file."""
    numbers: dict[str, dict[int, str]] = {}
    for service in stack.services.values() if stack else ():
        for number in range(1, scale.get(service.name, service.scale) + 1):
            name = container_name(stack.name, service, number) if stack else ""
            numbers.setdefault(service.name, {})[number] = name
    for container in observed.containers:
        if not container.oneoff:
            numbers.setdefault(container.service, {})[container.number] = container.name
    return {
        name: service if len(members) == 1 else f"{service}-{number}"
        for service, members in numbers.items()
        for number, name in sorted(members.items())
    }
