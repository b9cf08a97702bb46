"""A stack as a report pictures it: who is there, how it hangs together, when each was ready. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable

from longshore.model.record import record
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.state.events import Event
from longshore.state.observed import Observed, Published
from longshore.verify.startup import starts_of

__all__ = ["Lap", "Node", "Portrait", "Shot", "Wire", "portrait_of"]


@record
class Lap:
    """A service's start, in seconds from the beginning of the run: `began` when it was started, `ready` when others
    could use it. `how`: "healthy", "ended with 0", "started"."""

    service: str
    began: float
    ready: float
    how: str


@record
class Node:
    """A service. `runs` says what runs ("postgres 16.2", "python 3.11"), `ports` where it is published,
    `networks` their keys, `volumes` what is mounted where ("data → /data"), `needs` the
    services that it starts after; `file` and `line` where it stands, relative to the project."""

    name: str
    runs: str = ""
    ports: tuple[Published, ...] = ()
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@record
class Wire:
    """A network of the stack; `internal`: it has no way out."""

    name: str
    internal: bool = False


@record
class Shot:
    """A front page as a browser shows it: a PNG as base64."""

    service: str
    url: str
    png: str
    width: int
    height: int


@record(hidden=("shots",))
class Portrait:
    """All that is pictured. `shots` are no part of the JSON form."""

    nodes: tuple[Node, ...] = ()
    networks: tuple[Wire, ...] = ()
    laps: tuple[Lap, ...] = ()
    shots: tuple[Shot, ...] = ()


def portrait_of(stack: Stack, observed: Observed, events: Iterable[Event] = (), began: float = 0.0) -> Portrait:
    """Of a stack and what runs of it; `events` are those of its start, when this run has started it."""
    nodes = tuple(_node(service, stack, observed) for service in stack.services.values())
    used = {network for node in nodes for network in node.networks}
    wires = tuple(Wire(key, network.internal) for key, network in stack.networks.items() if key in used)
    return Portrait(nodes, wires, _laps(events, began))


def _node(service: Service, stack: Stack, observed: Observed) -> Node:
    containers = observed.of(service.name)
    place = service.place()
    return Node(
        service.name,
        next((one.runs or one.image for one in containers), service.image),
        tuple(dict.fromkeys(port for one in containers for port in one.ports if not _twin(port))),
        tuple(service.networks),
        tuple(f"{mount.source} → {mount.target}" for mount in service.mounts if _kept(mount.source, mount.type, stack)),
        tuple(service.depends_on),
        os.path.relpath(place.file, stack.working_dir) if place else "",
        place.line if place else 0,
    )


def _twin(port: Published) -> bool:
    """Every address of IPv6 beside every address of IPv4: one line says both."""
    return port.host_ip == "::"


def _kept(source: str, kind: str, stack: Stack) -> bool:
    return kind == "volume" and source in stack.volumes


def _laps(events: Iterable[Event], began: float) -> tuple[Lap, ...]:
    rows = sorted(starts_of(events).values(), key=lambda one: one.began)
    return tuple(Lap(one.service, one.began - began, one.ready - began, one.how) for one in rows)
