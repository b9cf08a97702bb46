"""Attached `up`: logs of every service as one stream until all have ended or someone asks to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterable

from longshore.engine.base import Engine, LogOptions
from longshore.model.record import factory, record
from longshore.report.loglines import LogPrinter
from longshore.state.events import Event
from longshore.state.observed import Container, Observed

__all__ = ["Attachment", "interrupts"]


@record(frozen=False)
class Attachment:
    """Follows the logs of `services` of one project as their containers start, those that `printer` has a label for.
    Feed `take` with every event; `ended` is set when none of them runs any longer (after `all_started`), or when
    `stop_when` says so of one that ended, whose exit code is then `code_to_end_with`."""

    engine: Engine
    project: str
    services: frozenset[str]
    printer: LogPrinter
    write: Callable[[str], None]
    stop_when: Callable[[str, int], bool] = lambda service, code: False
    ended: asyncio.Event = factory(default_factory=asyncio.Event)
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
        if event.container not in self.printer.labels:
            return
        if event.kind == "container.started":
            self._started(event)
        elif event.kind in ("container.died", "container.stopped"):
            self._over(event)

    def already(self, observed: Observed) -> None:
        """Containers that ran before this command: only what they write from now on is shown."""
        for container in observed.containers:
            if container.state == "running":
                self._since[container.name] = time.time()

    def all_started(self) -> None:
        """Nothing more will be started: when nothing runs from here on, it is over."""
        self._complete = True
        if not self._running:
            self.ended.set()

    def expect_no_exit(self) -> None:
        """From here on services end because they were asked to."""
        self._stopping = True

    def _started(self, event: Event) -> None:
        self._running.add(event.container)
        self.exit_codes.pop(event.service, None)
        if event.service not in self.services:
            return
        task = self._follows.get(event.container)
        if task is None or task.done():
            since = self._since.get(event.container, event.time - 1.0)
            self._follows[event.container] = asyncio.create_task(self._follow(event, since))

    async def _follow(self, event: Event, since: float) -> None:
        container = Container(event.container, event.container, event.service, state="running")
        observed = await self.engine.observe(self.project)
        containers = [c for c in observed.containers if c.name == container.name]
        async for line in self.engine.logs(self.project, containers, LogOptions(follow=True, since=since)):
            self._since[line.container] = line.time + 1e-6
            self._show(self.printer.line(line))

    def _show(self, text: str) -> None:
        try:
            self.write(text)
        except BrokenPipeError:
            self.unread = True
            self.ended.set()

    def _over(self, event: Event) -> None:
        if event.container not in self._running:
            return
        self._running.discard(event.container)
        code = int(event.data.get("exit_code", 0))
        self.exit_codes[event.service] = code
        if self._stopping or event.data.get("restarting"):
            return
        if event.service in self.services:
            self._show(f"{event.container} exited with code {code}")
        stops = self.stop_when(event.service, code)
        if stops and self.code_to_end_with is None:
            self.code_to_end_with = code
        if stops or (self._complete and not self._running):
            self.ended.set()

    async def drain(self, seconds: float = 1.0) -> None:
        """Give the last lines time to arrive, then stop following."""
        tasks = list(self._follows.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def interrupts(
    asked: Callable[[], None],
    again: Callable[[], None],
    signals: Iterable[signal.Signals] = (signal.SIGINT, signal.SIGTERM),
) -> AsyncIterator[None]:
    """While the block runs, the first Ctrl-C or SIGTERM calls `asked`, each further one `again`."""
    loop, count = asyncio.get_running_loop(), 0
    chosen = tuple(signals)

    def arrived() -> None:
        nonlocal count
        count += 1
        (asked if count == 1 else again)()

    for number in chosen:
        loop.add_signal_handler(number, arrived)
    try:
        yield
    finally:
        for number in chosen:
            loop.remove_signal_handler(number)
