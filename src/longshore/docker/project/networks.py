"""Networks: the body to make one, and the calls."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any
from urllib.parse import quote

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError
from longshore.docker.project import labels
from longshore.docker.project.observe import own_name
from longshore.model.errors import ShoreError
from longshore.model.stack import IpamPool, Network, Stack

__all__ = ["create", "network_body", "remove"]


def network_body(stack: Stack, network: Network) -> dict[str, Any]:
    """POST /networks/create. Pure."""
    body: dict[str, Any] = {
        "Name": network.name,
        "CheckDuplicate": True,
        "Labels": labels.network_labels(stack, network),
        "Driver": network.driver,
        "Options": dict(network.driver_opts),
        "Internal": network.internal,
        "Attachable": network.attachable,
        "EnableIPv6": network.enable_ipv6,
        "EnableIPv4": network.enable_ipv4,
        "IPAM": _ipam(network),
    }
    return {name: value for name, value in body.items() if value or (name == "EnableIPv4" and value is False)}


def _ipam(network: Network) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Driver": network.ipam_driver,
        "Config": [_pool(pool) for pool in network.ipam],
        "Options": dict(network.ipam_options),
    }
    return {name: value for name, value in found.items() if value}


def _pool(pool: IpamPool) -> dict[str, Any]:
    found = {
        "Subnet": pool.subnet,
        "Gateway": pool.gateway,
        "IPRange": pool.ip_range,
        "AuxiliaryAddresses": dict(pool.aux_addresses),
    }
    return {name: value for name, value in found.items() if value}


async def create(api: Api, stack: Stack, network: Network) -> None:
    """Make the network; one of the same name that is there already is taken if it is this project's."""
    try:
        await api.post("/networks/create", network_body(stack, network))
    except ApiError as error:
        if error.status != 409:
            raise
        await _take_over(api, network)


async def _take_over(api: Api, network: Network) -> None:
    found = await api.find(f"/networks/{quote(network.name, safe='')}")
    key = ((found or {}).get("Labels") or {}).get(labels.NETWORK)
    if key != network.key:
        owner = f"it belongs to {key}" if key else "it was not made for this project"
        raise ShoreError(
            f"networks.{network.key}: a network {network.name} is there already; {owner}",
            hint="declare it with external: true to use it, or give this one another name",
            place=network.place,
        )


async def remove(api: Api, name: str) -> None:
    """Remove a network; one that is gone already is fine. Containers that are stopped leave it before: they would go on
    asking for it by its id, and never start again."""
    path = f"/networks/{quote(name, safe='')}"
    users = await api.get("/containers/json", all=True, filters={"network": [name]})
    running = [own_name(user["Names"][0]) for user in users if user.get("State") in _HOLDING]
    if running:
        raise ShoreError(f"network {name} is in use by {', '.join(running)}", hint="stop them first")
    for user in users:
        await _unless_gone(api.post(f"{path}/disconnect", {"Container": user["Id"], "Force": True}))
    await _unless_gone(api.delete(path))


_HOLDING = frozenset({"running", "paused", "restarting"})


async def _unless_gone(call: Awaitable[Any]) -> None:
    try:
        await call
    except ApiError as error:
        if error.status != 404:
            raise
