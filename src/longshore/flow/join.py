"""The flow of `attach`: this process's own streams joined to a service that runs."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

from longshore.engine.base import Engine, LogOptions
from longshore.engine.capabilities import attaching
from longshore.flow.home import Session
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.state.events import LogLine
from longshore.state.observed import LIVE, Container

__all__ = ["Joining", "join"]

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@record
class Joining:
    """`stdin`: what is typed goes to the service, where the engine can do that; `detach_keys` end it on a terminal;
    `signals` that come go to the service."""

    stdin: bool = True
    detach_keys: str = ""
    signals: bool = True


async def join(session: Session, container: Container, asked: Joining, tell: Callable[[LogLine], None]) -> int:
    """Until the service ends, or its reader goes: the service's exit code, 0 while it runs. An engine that cannot join
    streams gives the service's lines, from now on, to `tell`."""
    engine = session.engine
    with _passing_on(engine, container) if asked.signals else contextlib.nullcontext():
        joins = attaching(engine)
        if joins:
            await joins.attach(container, stdin=asked.stdin, detach_keys=asked.detach_keys)
        else:
            async for line in engine.logs(session.project, [container], LogOptions(follow=True, tail=0)):
                tell(line)
    there = (await engine.observe(session.project)).containers
    return next((c.exit_code for c in there if c.id == container.id and c.state not in LIVE), 0)


@contextlib.contextmanager
def _passing_on(engine: Engine, container: Container) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    sent: set[asyncio.Task[None]] = set()

    async def send(name: str) -> None:
        with contextlib.suppress(ShoreError):  # it ended meanwhile
            await engine.kill(container, name)

    def take(name: str) -> None:
        task = loop.create_task(send(name))
        sent.add(task)
        task.add_done_callback(sent.discard)

    for number in PASSED_ON:
        loop.add_signal_handler(number, take, number.name)
    try:
        yield
    finally:
        for number in PASSED_ON:
            loop.remove_signal_handler(number)
