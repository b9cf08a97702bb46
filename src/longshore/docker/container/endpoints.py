"""How a container joins networks, as the Engine API wants it. Pure."""

from __future__ import annotations

from typing import Any

from longshore.docker.api.versions import ApiVersion
from longshore.model.names import container_name
from longshore.model.service import NetworkUse, Service
from longshore.model.stack import Stack

__all__ = ["MANY_AT_CREATE", "by_priority", "endpoint", "network_mode"]

MANY_AT_CREATE = ApiVersion(1, 44)
"""From here a container is created with all its networks; before, one at creation and the others before its start."""

_INTERFACE = "com.docker.network.endpoint.ifname"


def by_priority(service: Service) -> tuple[str, ...]:
    """The keys of the service's networks, the main one first: highest priority, then by name."""
    return tuple(sorted(service.networks, key=lambda key: (-service.networks[key].priority, key)))


def network_mode(stack: Stack, service: Service) -> str:
    """HostConfig.NetworkMode: the file's own mode, else the main network's name, else none."""
    if service.network_mode:
        return service.network_mode
    keys = by_priority(service)
    return stack.networks[keys[0]].name if keys else "none"


def endpoint(
    stack: Stack, service: Service, number: int, key: str, *, aliases: bool = True, links: tuple[str, ...] = ()
) -> dict[str, Any]:
    """One network's EndpointSettings. Without `aliases` (a one-off container) only its own name resolves."""
    use = service.networks.get(key) or NetworkUse(key)
    names = [container_name(stack.name, service, number)]
    if aliases:
        names += [service.name, *use.aliases]
    options = dict(use.driver_opts)
    if use.interface_name:
        options.setdefault(_INTERFACE, use.interface_name)
    found: dict[str, Any] = {
        "Aliases": names,
        "Links": list(links),
        "IPAMConfig": _addresses(use),
        "MacAddress": use.mac_address,
        "DriverOpts": options,
        "GwPriority": use.gw_priority,
    }
    return {name: value for name, value in found.items() if value}


def _addresses(use: NetworkUse) -> dict[str, Any]:
    found = {
        "IPv4Address": use.ipv4_address,
        "IPv6Address": use.ipv6_address,
        "LinkLocalIPs": list(use.link_local_ips),
    }
    return {name: value for name, value in found.items() if value}
