"""Pausing a container: every process is stopped by SIGSTOP and goes on by SIGCONT. Control groups could freeze it too,
but only as root; this is one way for everybody. What is stopped can be killed, and pid 1 takes everything with it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from longshore.engine.uninterrupted import whole
from longshore.model.errors import ShoreError
from longshore.native.agent.container.launch import Launched
from longshore.native.shared.starting import wait_for_exit
from longshore.native.shared.zygote import Zygote
from longshore.state.observed import ContainerState

__all__ = ["Pausing"]


class Pausing:
    """Whether one container is paused. `running` is its process, and raises ShoreError where it does not run; `told`
    hears "paused" and "running". What must not happen meanwhile waits for `going`."""

    def __init__(self, zygote: Zygote, running: Callable[[], Launched], told: Callable[[ContainerState], None]) -> None:
        self._zygote, self._running, self._told = zygote, running, told
        self._going = asyncio.Event()
        self._going.set()
        self._count = 0

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    async def going(self) -> int:
        """Return when it is not paused: how often it has been so far."""
        await self._going.wait()
        return self._count

    async def pause(self) -> None:
        """Stop every process; one that is paused stays so. Said first and done then: nothing is let in any more that
        would not be stopped. Raises ShoreError when it does not run, or it cannot be done."""
        if not self.paused:
            await whole(self._pause())

    async def _pause(self) -> None:
        made = self._running()
        self._going.clear()
        self._count += 1
        try:
            await self._signal(made, signal.SIGSTOP)
        except ShoreError:
            self.over()
            raise
        self._told("paused")

    async def pause_again(self) -> None:
        """Where it is paused, stop also what has come in since, let in just before."""
        if self.paused:
            await self._signal(self._running(), signal.SIGSTOP)

    async def go_on(self) -> bool:
        """Let every process go on; whether it was paused. Raises ShoreError when it cannot be done."""
        paused = self.paused
        if paused:
            await whole(self._go_on())
        return paused

    async def _go_on(self) -> None:
        await self._signal(self._running(), signal.SIGCONT)
        self.over()
        self._told("running")

    def over(self) -> None:
        """It goes on, or has ended."""
        self._going.set()

    async def _signal(self, made: Launched, number: int) -> None:
        """Pid 1, which the kernel leaves out of "everyone", is the first to stop, so that it forks no more, and the
        last to go on: it may have been told to end, and nobody could be let into its namespace then."""
        if number == signal.SIGSTOP:
            made.signal(number)
        try:
            await self._everyone(made, number)
        finally:
            if number == signal.SIGCONT:
                made.signal(number)

    async def _everyone(self, made: Launched, number: int) -> None:
        try:
            pidfd = await self._zygote.everyone(made.namespaces.processes, number)
        except OSError as error:
            raise _cannot(error.errno or 0) from error
        try:
            code = await wait_for_exit(pidfd)
        finally:
            os.close(pidfd)
        if code and not made.ended:  # one that ends takes with it whoever is in its namespace
            raise _cannot(code)


def _cannot(code: int) -> ShoreError:
    return ShoreError(f"its processes cannot be signalled: {os.strerror(code)}", hint="shore kill ends it")
