"""Everything that can be known before anything starts: a table of checks, all their problems raised at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from longshore.docker.api.calls import Api
from longshore.docker.api.versions import ApiVersion, too_old, words
from longshore.docker.container.portholder import container_holding, is_free, process_holding
from longshore.docker.project import labels
from longshore.docker.project.observe import own_name
from longshore.engine import fileobjects
from longshore.model.errors import ShoreError, ShoreErrors
from longshore.model.names import container_name
from longshore.model.record import record
from longshore.model.service import Port, Service
from longshore.model.stack import Stack
from longshore.state.volumes import changed

__all__ = ["Facts", "gather", "preflight", "problems"]


@record
class Facts:
    """What the engine says: its version, all its containers (summaries), and the networks and volumes the stack
    names (None for one that is not there). `local`: the engine shares our ports and files."""

    version: ApiVersion
    containers: tuple[Mapping[str, Any], ...]
    networks: Mapping[str, Mapping[str, Any] | None]
    volumes: Mapping[str, Mapping[str, Any] | None]
    local: bool


async def preflight(api: Api, stack: Stack, services: Sequence[str], *, ports_auto: bool = False) -> None:
    facts = await gather(api, stack)
    found = tuple(problems(stack, services, facts, ports_auto=ports_auto))
    if len(found) == 1:
        raise found[0]
    if found:
        raise ShoreErrors(found)


async def gather(api: Api, stack: Stack) -> Facts:
    """All questions at once."""
    external = {n.name for n in stack.networks.values() if n.external}
    named = {v.name for v in stack.volumes.values()}
    containers, networks, found_volumes = await asyncio.gather(
        api.get("/containers/json", all=True),
        asyncio.gather(*(api.find(f"/networks/{quote(name, safe='')}") for name in external)),
        asyncio.gather(*(api.find(f"/volumes/{quote(name, safe='')}") for name in named)),
    )
    return Facts(
        await api.version(),
        tuple(containers),
        dict(zip(external, networks, strict=True)),
        dict(zip(named, found_volumes, strict=True)),
        api.endpoint.local,
    )


def problems(stack: Stack, services: Sequence[str], facts: Facts, *, ports_auto: bool = False) -> Iterator[ShoreError]:
    """Every problem of `services`, in the files' order of kinds."""
    chosen = [stack.services[name] for name in services]
    yield from _attributes(stack, services, facts)
    yield from _networks(stack, chosen, facts)
    yield from _volumes(stack, chosen, facts)
    for service in chosen:
        yield from _binds(service, facts)
        yield from fileobjects.problems(stack, service, local=facts.local)
        yield from _names(stack, service, facts)
        if not ports_auto:
            yield from _ports(stack, service, facts)


def _attributes(stack: Stack, services: Sequence[str], facts: Facts) -> Iterator[ShoreError]:
    for service, need in too_old(stack, services, facts.version):
        if not need.instead:
            yield ShoreError(
                f"services.{service.name}.{words(need, facts.version)}",
                hint="upgrade Docker, or take the attribute out",
                place=service.place(need.key.split(" ")[0], need.key.split(".")[0]),
            )


def _networks(stack: Stack, chosen: Sequence[Service], facts: Facts) -> Iterator[ShoreError]:
    used = {key for service in chosen for key in service.networks}
    for key, network in stack.networks.items():
        if key in used and network.external and facts.networks.get(network.name) is None:
            yield ShoreError(
                f"networks.{key}: the external network {network.name} is not there",
                hint=f"make it: docker network create {network.name}; or take external: true out",
                place=network.place,
            )


def _volumes(stack: Stack, chosen: Sequence[Service], facts: Facts) -> Iterator[ShoreError]:
    used = {mount.source for service in chosen for mount in service.mounts if mount.type == "volume"}
    for key, volume in stack.volumes.items():
        found = facts.volumes.get(volume.name)
        if key not in used:
            continue
        if volume.external and found is None:
            yield ShoreError(
                f"volumes.{key}: the external volume {volume.name} is not there",
                hint=f"make it: docker volume create {volume.name}; or take external: true out",
                place=volume.place,
            )
        elif found is not None and not volume.external:
            error = changed(volume, str(found.get("Driver", "")), found.get("Options") or {})
            if error:
                yield error


def _binds(service: Service, facts: Facts) -> Iterator[ShoreError]:
    for number, mount in enumerate(service.mounts):
        missing = facts.local and not mount.create_host_path and not Path(mount.source).exists()
        if mount.type == "bind" and missing:
            yield ShoreError(
                f"services.{service.name}.volumes: {mount.source} does not exist",
                hint="create it, or let it be made with create_host_path: true",
                place=service.place(f"volumes.{number}", "volumes"),
            )


def _names(stack: Stack, service: Service, facts: Facts) -> Iterator[ShoreError]:
    """A container of somebody else's that bears the name we need."""
    wanted = {container_name(stack.name, service, number) for number in range(1, service.scale + 1)}
    for container in facts.containers:
        marks = container.get("Labels") or {}
        ours = marks.get(labels.PROJECT) == stack.name and marks.get(labels.SERVICE) == service.name
        for name in {own_name(name) for name in container.get("Names") or ()} & wanted:
            if not ours:
                owner = marks.get(labels.PROJECT)
                whose = f"it belongs to the project {owner}" if owner else "it was not made by a Compose project"
                yield ShoreError(
                    f"{service.name}: a container named {name} is there already; {whose}",
                    hint=f"remove it (docker rm -f {name}), or change container_name or the project's name (-p)",
                    place=service.place("container_name"),
                )


def _ports(stack: Stack, service: Service, facts: Facts) -> Iterator[ShoreError]:
    """Fixed ports that something else holds. Our own containers, which this command keeps or replaces, may."""
    for port in service.ports:
        if not port.published.isdigit() or port.published == "0" or not facts.local:
            continue
        number = int(port.published)
        others = [c for c in facts.containers if (c.get("Labels") or {}).get(labels.PROJECT) != stack.name]
        mine = [c for c in facts.containers if (c.get("Labels") or {}).get(labels.PROJECT) == stack.name]
        holder = container_holding(others, number, port.protocol)
        if container_holding(mine, number, port.protocol):
            continue
        if holder or not is_free(port.host_ip, number, port.protocol):
            yield _taken(service, port, f"the container {holder}" if holder else process_holding(number))


def _taken(service: Service, port: Port, by: str) -> ShoreError:
    return ShoreError(
        f"{service.name}: port {port.published} is taken by {by}",
        hint="stop it, publish another port, or let shore choose: shore up --ports auto",
        place=port.place or service.place("ports"),
    )
