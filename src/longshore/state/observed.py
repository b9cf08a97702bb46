"""What an engine reports of one project: a frozen snapshot, the other input of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from longshore.model.record import record
from longshore.model.service import EMPTY

__all__ = [
    "LIVE",
    "Container",
    "ContainerState",
    "Health",
    "Observed",
    "ObservedNetwork",
    "ObservedVolume",
    "Published",
]

ContainerState = Literal["created", "running", "restarting", "exited", "paused", "removing", "dead"]
Health = Literal["", "starting", "healthy", "unhealthy"]


LIVE: frozenset[ContainerState] = frozenset({"running", "restarting", "paused"})
"""The states of a container that has to be stopped before it can be removed."""


@record
class Published:
    """One published port as it really is: `host_ip`:`published` → `target`/`protocol`."""

    host_ip: str
    published: int
    target: int
    protocol: str = "tcp"


@record
class Container:
    """One running (or stopped) instance of a service. Times are seconds since the epoch, 0 for never.

    `runs` says what really runs when it is not the image itself ("postgres 15.18 (asked 15-alpine)");
    `volumes` names the named volumes in use; `seen_by` is "shore" when only our own probe has seen it healthy."""

    id: str
    name: str
    service: str
    number: int = 1
    state: ContainerState = "created"
    health: Health = ""
    seen_by: str = ""
    exit_code: int = 0
    image: str = ""
    image_id: str = ""
    config_hash: str = ""
    command: str = ""
    created: float = 0.0
    started: float = 0.0
    finished: float = 0.0
    restarts: int = 0
    pid: int = 0
    oneoff: bool = False
    ports: tuple[Published, ...] = ()
    networks: Mapping[str, str] = EMPTY
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = EMPTY
    runs: str = ""
    tty: bool = False


@record
class ObservedNetwork:
    """`name` as the engine knows it; `key` the name in the Compose file ("" when it is not labelled)."""

    name: str
    key: str = ""
    config_hash: str = ""
    labels: Mapping[str, str] = EMPTY
    id: str = ""


@record
class ObservedVolume:
    """`project` is the label's project, "" for a volume made outside any; `path` the host folder where known;
    `options` what its driver was given, None where that is not known."""

    name: str
    key: str = ""
    project: str = ""
    config_hash: str = ""
    driver: str = ""
    options: Mapping[str, str] | None = None
    labels: Mapping[str, str] = EMPTY
    path: str = ""


@record
class Observed:
    """Everything of one project on one engine."""

    project: str
    containers: tuple[Container, ...] = ()
    networks: tuple[ObservedNetwork, ...] = ()
    volumes: tuple[ObservedVolume, ...] = ()
    notes: tuple[str, ...] = ()
    """What happened since the last command that people must hear ("the agent was killed; 3 services stopped")."""

    def of(self, service: str, *, oneoff: bool = False) -> tuple[Container, ...]:
        """The containers of one service by number; one-off ones (of `run`) only when asked for."""
        found = [c for c in self.containers if c.service == service and c.oneoff == oneoff]
        return tuple(sorted(found, key=lambda c: c.number))
