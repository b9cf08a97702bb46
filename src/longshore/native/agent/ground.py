"""What containers stand on, and what one of them asks of the others: all that a container knows of its project."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from longshore.model.record import record
from longshore.native.agent.network.hub import Hub
from longshore.native.agent.network.networks import Networks
from longshore.native.shared.places import ProjectPlaces
from longshore.native.shared.records import Record
from longshore.native.shared.spec import ContainerSpec
from longshore.native.shared.volumes import Volumes
from longshore.native.shared.zygote import Zygote
from longshore.state.events import Event

__all__ = ["Ground", "Neighbours", "NetworkOwner"]


@record
class Ground:
    """`nested`: the agent belongs to an ordinary user, so each service gets a user namespace of its own, unless it has
    many ids: then it is in the agent's, which is `mapped`."""

    places: ProjectPlaces
    zygote: Zygote
    hub: Hub
    networks: Networks
    volumes: Volumes
    nested: bool
    mapped: bool = False

    def nests(self, spec: ContainerSpec) -> bool:
        """Whether this container has one id, in a user namespace of its own."""
        return self.nested and spec.ids == "one"


@record
class NetworkOwner:
    """Who shares its network with another. `network` is its network namespace, a descriptor that stays its own, or -1
    for the host's; its /etc/hosts and the like lie in `directory`."""

    network: int
    spec: ContainerSpec
    directory: Path


class Neighbours(Protocol):
    """The project, as one of its containers sees it."""

    def changed(self) -> None:
        """Have the state saved soon."""

    def emit(self, event: Event) -> None:
        """Have this heard by whoever listens."""

    def has(self, identity: str) -> bool:
        """Whether this container is to be had: not removed, and the project not about to end."""

    def ended(self, identity: str, *, remove: bool) -> None:
        """This container has ended; `remove`: it was to be removed then."""

    def network_of(self, name: str, *, by_service: bool) -> NetworkOwner | None:
        """The container (or service) `name`, whose network another is to share; None when it does not run."""

    def silent(self, record: Record, name: str) -> tuple[str, ...] | None:
        """No address for a service beside `record` that does not run (so nobody else is asked), None for any other."""

    @property
    def enough_prepared(self) -> bool:
        """Whether so many processes wait for their start that one more would cost others their time."""
