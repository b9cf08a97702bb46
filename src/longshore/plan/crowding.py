"""Published ports that the containers of one service would have to share. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from longshore.model.errors import ShoreError
from longshore.model.service import Port
from longshore.model.stack import Stack

__all__ = ["crowded_ports"]


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
