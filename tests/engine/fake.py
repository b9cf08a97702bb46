"""An engine that runs nothing: it records what it is asked and tells the events that a test scripts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from longshore.engine.base import Survey
from longshore.model.errors import ShoreError
from longshore.model.names import container_name
from longshore.model.record import replace
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.state.events import ContainerStarted, Event
from longshore.state.observed import Container, Observed


class FakeEngine:
    """`script` gives the events that follow a start, by service; `broken` the services whose start fails."""

    def __init__(self, name: str = "native", **fields: Any) -> None:
        self.name = name
        self.capabilities: frozenset[str] = frozenset(fields.get("capabilities", ()))
        self.script: Mapping[str, Sequence[Event]] = fields.get("script", {})
        self.broken: frozenset[str] = frozenset(fields.get("broken", ()))
        self.survey_answer: Survey = fields.get("survey", Survey(name))
        self.observed: Observed = fields.get("observed", Observed("demo"))
        self.calls: list[str] = []
        self.closed = False
        self._queue: asyncio.Queue[Event] = asyncio.Queue()

    async def survey(self, stack: Stack) -> Survey:
        return self.survey_answer

    async def observe(self, project: str) -> Observed:
        return self.observed

    async def close(self) -> None:
        self.closed = True

    async def create_network(self, stack: Stack, network: Any) -> None:
        self.calls.append(f"create network {network.name}")

    async def create_volume(self, stack: Stack, volume: Any) -> None:
        self.calls.append(f"create volume {volume.name}")

    async def create(self, stack: Stack, service: Service, number: int, replaces: str, options: Any) -> Container:
        name = container_name(stack.name, service, number)
        self.calls.append(f"create {name}")
        return Container(f"id of {name}", name, service.name, number)

    async def replace(self, old: Container, new: Container) -> None:
        self.calls.append(f"replace {new.name}")

    async def start(self, stack: Stack, container: Container) -> None:
        if container.service in self.broken:
            raise ShoreError(f"{container.service}: no such program")
        self.calls.append(f"start {container.name}")
        for event in self.script.get(container.service, [ContainerStarted()]):
            self._queue.put_nowait(replace(event, service=container.service, container=container.name))

    async def stop(self, container: Container, timeout: float | None = None) -> None:
        self.calls.append(f"stop {container.name}")
        await asyncio.sleep(0)

    async def remove(self, container: Container, *, volumes: bool = False) -> None:
        self.calls.append(f"remove {container.name}")

    async def remove_network(self, project: str, name: str) -> None:
        self.calls.append(f"remove network {name}")

    async def events(self, project: str) -> AsyncIterator[Event]:
        while True:
            yield await self._queue.get()
