"""Commands where a stack's data is, with files as their standard streams: how data comes out and goes back in, the same
on every engine and on a Swarm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import IO, Protocol

from longshore.flow.audience import Audience
from longshore.flow.home import Where
from longshore.model.service import EMPTY, Service
from longshore.model.stack import Stack

__all__ = ["Hands"]


class Hands(Protocol):
    """Of one command."""

    @property
    def where(self) -> Where: ...

    @property
    def stack(self) -> Stack: ...

    @property
    def engine(self) -> str:
        """What runs the stack, by name."""
        ...

    @property
    def keeps_owners(self) -> bool:
        """Whether files can be given to other users."""
        ...

    def service(self, name: str) -> Service: ...

    def address(self, service: str) -> str:
        """Where a command finds the service's server: the name of another machine; "" for the command's own."""
        ...

    async def ready(self, services: Iterable[str], audience: Audience) -> None:
        """Raises ShoreError where these do not run, and are not brought to it."""
        ...

    async def execute(
        self, service: str, words: tuple[str, ...], *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None,
        environment: Mapping[str, str] = EMPTY,
    ) -> tuple[int, str]:  # fmt: skip
        """A command in the running service, or beside it: exit code, and what it said (on standard error alone where
        its output goes to `stdout`)."""
        ...

    async def beside(
        self, service: str, script: str, *arguments: str, stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> tuple[int, str]:  # fmt: skip
        """A shell's script in a container of its own, as root, with the service's image and mounts: whether the service
        runs or not, and whoever else has its volumes."""
        ...

    def standing_still(self, services: Iterable[str]) -> AbstractAsyncContextManager[None]:
        """While the block runs nothing in these services does."""
        ...

    def stopped(self, services: Iterable[str]) -> AbstractAsyncContextManager[None]:
        """While the block runs these services are stopped; those that ran run again after it."""
        ...
