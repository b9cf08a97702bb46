"""An engine in memory, as somebody else would add one: this module and a row of the table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from longshore.engine.base import ImageInfo, Survey
from longshore.model.names import container_name
from longshore.model.record import replace
from longshore.state.events import Event, Note
from longshore.state.observed import Container, Observed, ObservedNetwork

WORLD: dict[str, Container] = {}
NETWORKS: dict[str, ObservedNetwork] = {}


class ToyEngine:
    name = "toy"
    capabilities = frozenset[str]()

    def __init__(self, environ: Mapping[str, str], *, offline: bool = False) -> None:
        del environ, offline

    async def survey(self, stack: Any) -> Survey:
        return Survey(self.name)

    async def preflight(self, stack: Any, services: Any, observed: Any, *, ports_auto: bool = False) -> None: ...

    async def observe(self, project: str) -> Observed:
        return Observed(project, tuple(WORLD.values()), tuple(NETWORKS.values()))

    async def find_image(self, stack: Any, service: Any) -> ImageInfo:
        return ImageInfo(service.image, "sha256:0")

    async def create_network(self, stack: Any, network: Any) -> None:
        NETWORKS[network.name] = ObservedNetwork(network.name, network.key)

    async def remove_network(self, project: str, name: str) -> None:
        del NETWORKS[name]

    async def create(self, stack: Any, service: Any, number: int, replaces: str, options: Any) -> Container:
        name, identity = container_name(stack.name, service, number), f"toy{len(WORLD)}"
        WORLD[identity] = Container(identity, name, service.name, number, config_hash=service.config_hash)
        return WORLD[identity]

    async def replace(self, old: Container, new: Container) -> None:
        del WORLD[old.id]

    async def start(self, stack: Any, container: Container) -> None:
        WORLD[container.id] = replace(WORLD[container.id], state="running")

    async def stop(self, container: Container, timeout: float | None = None) -> None:
        WORLD[container.id] = replace(WORLD[container.id], state="exited")

    async def remove(self, container: Container, *, volumes: bool = False) -> None:
        del WORLD[container.id]

    async def events(self, project: str) -> AsyncIterator[Event]:
        await asyncio.sleep(1000)
        yield Note()

    async def finish(self, project: str) -> None: ...

    async def close(self) -> None: ...
