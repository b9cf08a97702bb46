"""Commands in a stack's containers with files as their standard streams: how data comes out and goes back in, the same
on every engine."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import IO

from longshore.engine.base import ExecRequest, RunRequest
from longshore.flow.choice.choose import Choice
from longshore.flow.home import Where
from longshore.flow.oneoff import Overrides, changed_service
from longshore.flow.streams import captured
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY, Service
from longshore.model.stack import Stack
from longshore.state.observed import LIVE, Container

__all__ = ["Hands"]


@record
class Hands:
    """Of one command, on the engine of its choice."""

    where: Where
    stack: Stack
    choice: Choice

    def service(self, name: str) -> Service:
        return self.stack.services[name]

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
        """A command in the running service: exit code, and what it said (on standard error alone where its output goes
        to `stdout`)."""
        request = ExecRequest(words, environment=environment)
        container = await self.running(service)
        with captured(stdin, stdout) as said:
            code = await self.choice.engine.execute(container, request)
        return code, said.text

    async def beside(
        self, service: str, script: str, *arguments: str, stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> tuple[int, str]:  # fmt: skip
        """A shell's script in a container of its own, as root, with the service's image and mounts: whether the service
        runs or not, and whoever else has its volumes."""
        overrides = Overrides(command=("-c", script, "sh", *arguments), entrypoint="sh", user="0", working_dir="/")
        one = changed_service(self.service(service), overrides, self.stack, self.where)
        name = f"{self.stack.name}-{service}-backup-{time.time_ns() & 0xFFFFFFFF:08x}"
        request = RunRequest(one, name=name, interactive=stdin is not None, remove=True)
        with captured(stdin, stdout) as said:
            code = await self.choice.engine.run(self.stack, request, _untold)
        return code, said.text


def _untold(event: object) -> None:
    del event
