"""Published ports that the containers of one project would have to share. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from longshore.model.errors import ShoreError
from longshore.model.service import Port, Service
from longshore.model.stack import Stack
from longshore.state.observed import Container, Observed, Published

__all__ = ["crowded_ports", "held_ports"]

_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})


def crowded_ports(stack: Stack, services: Iterable[str], scale: Mapping[str, int]) -> Iterator[ShoreError]:
    """One error for each port of which there are fewer than containers."""
    for name in services:
        service = stack.services[name]
        count = scale.get(name, service.scale)
        for port in service.ports if service.network_mode not in ("host", "none") else ():
            room = _room(port)
            if room and room < count:
                first = int(port.published.split("-")[0])
                yield ShoreError(
                    f"{name}: {count} containers cannot all publish port {port.published}",
                    hint=f"publish a range ({first}-{first + count - 1}:{port.target}), or let shore choose: "
                    "shore up --ports auto",
                    place=port.place,
                )


def _room(port: Port) -> int:
    """How many ports of the host are named; 0 where any will do."""
    first, _, last = port.published.partition("-")
    if not first.isdigit() or first == "0" or not (last or first).isdigit():
        return 0
    return int(last or first) - int(first) + 1


def held_ports(service: Service, observed: Observed) -> Iterator[ShoreError]:
    """One error for each port that a container of the project holds already, for a container that replaces none."""
    for port in service.ports if service.network_mode not in ("host", "none") else ():
        for holder in _holders(port, observed):
            stop = "" if holder.oneoff else f"stop it (shore stop {holder.service}), or "
            yield ShoreError(
                f"{service.name}: port {port.published} is taken by {holder.name}, of this project",
                hint=f"{stop}publish another port: -p HOST:{port.target}",
                place=port.place,
            )


def _holders(port: Port, observed: Observed) -> list[Container]:
    running = [container for container in observed.containers if container.state == "running"]
    return [container for container in running if any(_is_same(port, held) for held in container.ports)]


def _is_same(port: Port, held: Published) -> bool:
    apart = port.host_ip != held.host_ip and not {port.host_ip, held.host_ip} & _EVERYWHERE
    return port.published == str(held.published) and port.protocol == held.protocol and not apart
