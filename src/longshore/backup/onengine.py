"""A stack's data on an engine: commands in its containers, with files as their standard streams."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import IO

from longshore.engine.base import ExecRequest, RunRequest
from longshore.flow.audience import Audience
from longshore.flow.choice.choose import Choice
from longshore.flow.converge import Wish
from longshore.flow.home import Where
from longshore.flow.oneoff import Overrides, changed_service
from longshore.flow.streams import captured
from longshore.flow.up import UpRequest, up
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY, Service
from longshore.model.stack import Stack
from longshore.plan.reconcile import UpOptions
from longshore.state.events import untold
from longshore.state.observed import LIVE, Container

__all__ = ["OnEngine", "start_servers"]


@record
class OnEngine:
    """Of one command, on the engine of its choice."""

    where: Where
    stack: Stack
    choice: Choice

    def service(self, name: str) -> Service:
        return self.stack.services[name]

    @property
    def engine(self) -> str:
        return self.choice.engine.name

    @property
    def keeps_owners(self) -> bool:
        return self.engine != "native" or not os.geteuid()

    def address(self, service: str) -> str:
        del service
        return ""

    async def ready(self, services: Iterable[str], audience: Audience) -> None:
        await start_servers(self.where, self.stack, tuple(services), audience)

    @contextlib.asynccontextmanager
    async def standing_still(self, services: Iterable[str]) -> AsyncIterator[None]:
        stopped = []
        try:
            for service in services:
                for container in await self.containers(service):
                    if container.state == "running":
                        await self.choice.engine.pause(container)
                        stopped.append(container)
            yield
        finally:
            for container in stopped:
                await self.choice.engine.unpause(container)

    @contextlib.asynccontextmanager
    async def stopped(self, services: Iterable[str]) -> AsyncIterator[None]:
        running = [one for name in services for one in await self.containers(name)]
        for one in running:
            await self.choice.engine.stop(one)
        try:
            yield
        finally:
            for one in running:
                await self.choice.engine.start(self.stack, one)

    async def containers(self, service: str) -> tuple[Container, ...]:
        """Those that run."""
        observed = await self.choice.engine.observe(self.stack.name)
        return tuple(one for one in observed.of(service) if one.state in LIVE)

    async def running(self, service: str) -> Container:
        """Raises ShoreError where none does."""
        found = await self.containers(service)
        if not found:
            raise ShoreError(f"{service} does not run", hint=f"start it: shore up -d --wait {service}")
        return found[0]

    async def execute(
        self, service: str, words: tuple[str, ...], *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None,
        environment: Mapping[str, str] = EMPTY,
    ) -> tuple[int, str]:  # fmt: skip
        request = ExecRequest(words, environment=environment)
        container = await self.running(service)
        with captured(stdin, stdout) as said:
            code = await self.choice.engine.execute(container, request)
        return code, said.text

    async def beside(
        self, service: str, script: str, *arguments: str, stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> tuple[int, str]:  # fmt: skip
        overrides = Overrides(command=("-c", script, "sh", *arguments), entrypoint="sh", user="0", working_dir="/")
        one = changed_service(self.service(service), overrides, self.stack, self.where)
        name = f"{self.stack.name}-{service}-backup-{time.time_ns() & 0xFFFFFFFF:08x}"
        request = RunRequest(one, name=name, interactive=stdin is not None, remove=True)
        with captured(stdin, stdout) as said:
            code = await self.choice.engine.run(self.stack, request, untold)
        return code, said.text


async def start_servers(where: Where, stack: Stack, services: tuple[str, ...], audience: Audience) -> None:
    """These services, ready; nothing else is started."""
    if services:
        wish = Wish(UpOptions(services=services, no_deps=True), offline=where.offline)
        await up(where, stack, UpRequest(wish, wait=True), audience)
