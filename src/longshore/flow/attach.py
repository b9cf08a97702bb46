"""Attached `up`: logs of every service as one stream until all have ended or someone asks to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from longshore.engine.base import Engine, LogOptions
from longshore.flow.audience import Audience
from longshore.model.record import factory, record
from longshore.model.stack import Stack
from longshore.state.events import ContainerDied, ContainerStarted, ContainerStopped, Event
from longshore.state.observed import Container, Observed

__all__ = ["Attachment"]


@record(frozen=False)
class Attachment:
    """Follows the logs of `services` of the stack as their containers start, for the `audience`. Feed `take` with
    every event of its `containers`, by name; `finished` is set when none of them runs any longer (after
    `all_started`), or when `stop_when` says so of one that ended, whose exit code is then `code_to_end_with`."""

    engine: Engine
    stack: Stack
    containers: frozenset[str]
    services: frozenset[str]
    audience: Audience
    stop_when: Callable[[str, int], bool] = lambda service, code: False
    finished: asyncio.Event = factory(default_factory=asyncio.Event)
    exit_codes: dict[str, int] = factory(default_factory=dict)
    code_to_end_with: int | None = None
    unread: bool = False
    """Whoever read the logs has gone (`shore up | head -1`): it has ended, too."""
    _running: set[str] = factory(default_factory=set)
    _follows: dict[str, asyncio.Task[None]] = factory(default_factory=dict)
    _since: dict[str, float] = factory(default_factory=dict)
    _stopping: bool = False
    _complete: bool = False

    def take(self, event: Event) -> None:
        """Follow what starts, say what ended."""
        if event.container not in self.containers:
            return
        match event:
            case ContainerStarted():
                self._started(event)
            case ContainerDied():
                self._over(event, event.exit_code, restarting=event.restarting)
            case ContainerStopped():
                self._over(event, event.exit_code)

    def already(self, observed: Observed) -> None:
        """Containers that ran before this command: only what they write from now on is shown."""
        for container in observed.containers:
            if container.state == "running":
                self._since[container.name] = time.time()

    def all_started(self) -> None:
        """Nothing more will be started: when nothing runs from here on, it is over."""
        self._complete = True
        if not self._running:
            self.finished.set()

    def expect_no_exit(self) -> None:
        """From here on services end because they were asked to."""
        self._stopping = True

    def _started(self, event: ContainerStarted) -> None:
        self._running.add(event.container)
        self.exit_codes.pop(event.service, None)
        if event.service not in self.services:
            return
        task = self._follows.get(event.container)
        if task is None or task.done():
            since = self._since.get(event.container, event.time - 1.0)
            self._follows[event.container] = asyncio.create_task(self._follow(event, since))

    async def _follow(self, event: Event, since: float) -> None:
        """Engines know a container by its name as well as by its id."""
        tty = self.stack.services[event.service].tty
        container = Container(event.container, event.container, event.service, state="running", tty=tty)
        async for line in self.engine.logs(self.stack.name, [container], LogOptions(follow=True, since=since)):
            self._since[line.container] = line.time + 1e-6
            self._show(partial(self.audience.line, line))

    def _show(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except BrokenPipeError:
            self.unread = True
            self.finished.set()

    def _over(self, event: Event, code: int, *, restarting: bool = False) -> None:
        if event.container not in self._running:
            return
        self._running.discard(event.container)
        self.exit_codes[event.service] = code
        if self._stopping or restarting:
            return
        if event.service in self.services:
            self._show(partial(self.audience.ended, event.container, code))
        stops = self.stop_when(event.service, code)
        if stops and self.code_to_end_with is None:
            self.code_to_end_with = code
        if stops or (self._complete and not self._running):
            self.finished.set()

    async def drain(self, seconds: float = 1.0) -> None:
        """Give the last lines time to arrive, then stop following."""
        tasks = list(self._follows.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
