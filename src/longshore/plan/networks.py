"""Networks that are there but not as the file describes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from longshore.model.errors import ShoreError
from longshore.model.stack import Network, Stack
from longshore.state.fingerprint import FINGERPRINT_LABEL, changes
from longshore.state.observed import LIVE, Container, Observed

__all__ = ["changed_networks", "containers_on", "held_networks", "used_networks"]


def used_networks(stack: Stack, services: Iterable[str]) -> list[Network]:
    """The networks of `services` that are the project's own, in the file's order."""
    used = {key for name in services for key in stack.services[name].networks}
    return [network for key, network in stack.networks.items() if key in used and not network.external]


def changed_networks(stack: Stack, services: Iterable[str], observed: Observed) -> Iterator[tuple[Network, str]]:
    """Each network of `services` whose definition differs from what it was made from, and what differs. One that does
    not say what it was made from is left alone, as by Docker Compose."""
    there = {network.name: network for network in observed.networks}
    for network in used_networks(stack, services):
        found = there.get(network.name)
        if found and found.config_hash and found.config_hash != network.config_hash:
            yield network, changes(found.labels.get(FINGERPRINT_LABEL, ""), network)


def containers_on(network: Network, stack: Stack, observed: Observed) -> list[Container]:
    """What runs on a network: with an address of its own, or by sharing the network of such a service."""
    here = [c for c in observed.containers if network.name in c.networks and c.state in LIVE]
    shared = {f"service:{c.service}" for c in here}
    guests = {service.name for service in stack.services.values() if service.network_mode in shared}
    return here + [c for c in observed.containers if c.service in guests and c.state in LIVE and c not in here]


def held_networks(stack: Stack, services: Iterable[str], observed: Observed) -> Iterator[ShoreError]:
    """One error for each changed network that cannot be made anew because a one-off container runs on it: somebody
    works there, and nobody would start it again."""
    for network, cause in changed_networks(stack, services, observed):
        names = [c.name for c in containers_on(network, stack, observed) if c.oneoff]
        if names:
            yield ShoreError(
                f"networks.{network.key}: {cause}, and {', '.join(names)} runs on the network as it is",
                hint="let it end, or undo the change",
                place=network.place,
            )
