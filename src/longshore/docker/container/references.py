"""What a service says of other services, resolved to their containers: network_mode, ipc, pid, volumes_from, links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.docker.api.calls import Api
from longshore.docker.project import labels
from longshore.docker.project.observe import own_name
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY, Service
from longshore.model.stack import Stack

__all__ = ["Resolved", "resolve"]

_MODES = ("network_mode", "ipc", "pid")


@record
class Resolved:
    """`modes` by attribute; `raw` what changes in the canonical mapping, which Compose's hash sees changed too."""

    modes: Mapping[str, str] = EMPTY
    volumes_from: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    raw: Mapping[str, Any] = EMPTY


async def resolve(api: Api, stack: Stack, service: Service) -> Resolved:
    """Look the containers up. Costs nothing for a service that refers to no other."""
    modes = {mode: await _mode(api, stack, service, mode) for mode in _MODES if _refers(service, mode)}
    volumes = [await _volumes_from(api, stack, service, entry) for entry in service.volumes_from]
    links = [word for link in service.links for word in await _links(api, stack, service, link)]
    links += [link if ":" in link else f"{link}:{link}" for link in service.external_links]
    raw: dict[str, Any] = dict(modes)
    if volumes:
        raw["volumes_from"] = volumes
    return Resolved(modes, tuple(volumes), tuple(links), raw)


def _refers(service: Service, mode: str) -> bool:
    return str(getattr(service, mode)).startswith("service:")


async def _mode(api: Api, stack: Stack, service: Service, mode: str) -> str:
    name = str(getattr(service, mode)).removeprefix("service:")
    return f"container:{(await _containers(api, stack, service, name, mode))[0]['Id']}"


async def _volumes_from(api: Api, stack: Stack, service: Service, entry: str) -> str:
    first, _, rest = entry.partition(":")
    if first == "container":
        return rest
    found = await _containers(api, stack, service, first, "volumes_from")
    return str(found[0]["Id"])


async def _links(api: Api, stack: Stack, service: Service, link: str) -> list[str]:
    name, _, alias = link.partition(":")
    found = await _containers(api, stack, service, name, "links")
    names = [own_name(container["Names"][0]) for container in found]
    return [f"{own}:{other}" for own in names for other in (alias or name, f"{name}-1", f"{stack.name}-{name}-1")]


async def _containers(api: Api, stack: Stack, service: Service, name: str, key: str) -> list[Any]:
    marks = [*labels.of_project(stack.name), f"{labels.SERVICE}={name}", f"{labels.ONEOFF}=False"]
    found: list[Any] = await api.get("/containers/json", all=True, filters={"label": marks})
    if not found:
        raise ShoreError(
            f"services.{service.name}.{key}: the service {name} has no container",
            hint=f"start it too: shore up {name} {service.name}",
            place=service.place(key),
        )
    return sorted(found, key=lambda container: int(container["Labels"].get(labels.NUMBER) or 0))
