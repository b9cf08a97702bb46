"""Starting a container: under its own name, one at a time where ports are chosen, elsewhere where a port was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import PORT_TAKEN, ApiError
from longshore.docker.container.create import Creator, take_place
from longshore.docker.container.execs import run_hooks
from longshore.docker.project import labels
from longshore.engine.base import CreateOptions
from longshore.model.errors import ShoreError
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.state.observed import Container

__all__ = ["Starter"]


class Starter:
    """Starts the containers of one command."""

    def __init__(self, api: Api, creator: Creator) -> None:
        self._api, self._creator = api, creator
        self._one_at_a_time = asyncio.Lock()

    async def start(self, stack: Stack, container: Container) -> None:
        service = stack.services.get(container.service)
        try:
            if service is not None and any("-" in port.published for port in service.ports):
                async with self._one_at_a_time:  # the engine gives two containers one port of a range, asked at once
                    await self._start(stack, service, container)
            else:
                await self._start(stack, service, container)
        except ApiError as error:
            raise _in_words(container, error) from error
        if service is not None and service.post_start:
            await run_hooks(self._api, container, service.post_start, "post_start")

    async def _start(self, stack: Stack, service: Service | None, container: Container) -> None:
        found = await self._api.get(f"/containers/{container.id}/json")
        await self._own_name(container, found)
        if service is not None:
            await self._creator.join_again(stack, service, container.number, found)
        word = "unpause" if found["State"].get("Paused") else "start"  # what is paused cannot be started, but goes on
        try:
            await self._api.post(f"/containers/{container.id}/{word}")
        except ApiError as error:
            auto = container.labels.get(labels.PORTS) == "auto" and PORT_TAKEN.search(error.what)
            if service is None or not auto:
                raise
            await self._with_another_port(stack, service, container)

    async def _own_name(self, container: Container, found: Mapping[str, Any]) -> None:
        """A command that was killed while it replaced a container leaves the new one under its provisional name."""
        if found["Name"].lstrip("/") != container.name:
            await self._api.post(f"/containers/{container.id}/rename", name=container.name)

    async def _with_another_port(self, stack: Stack, service: Service, container: Container) -> None:
        """--ports auto: a port that was free when the container was made has been taken since. Ports are fixed at
        creation, so it is made once more."""
        options = CreateOptions(ports_auto=True)
        made = await self._creator.create(stack, service, container.number, container.id, options)
        await take_place(self._api, container.id, made.id, made.name)
        await self._api.post(f"/containers/{made.id}/start")


def _in_words(container: Container, error: ApiError) -> ShoreError:
    if error.status == 404 and "No such container" in error.what:
        return ShoreError(
            f"{container.service}: {container.name} was removed by somebody else", hint="run the command again"
        )
    return ShoreError(f"{container.service}: {error.what}", hint=error.hint)
