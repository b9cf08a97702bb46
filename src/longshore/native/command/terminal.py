"""A command's own terminal joined to a process in a container: raw mode, window size, bytes both ways."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from longshore.engine.ownterminal import raw_terminal
from longshore.native.command.client import AgentClient
from longshore.native.command.typed import Typing
from longshore.native.shared.requests import Request, Wait

__all__ = ["attached", "window_size", "write_all"]


async def attached(agent: AgentClient, request: Request, *, tty: bool, ends_later: str = "", stdin: bool = True) -> Any:
    """Ask the agent to run something with this process's standard streams, or (`tty`) on a terminal joined to ours.
    `ends_later` names a container that goes on after the answer: the terminal is joined until it ends. Without `stdin`
    there is nothing to read for it."""
    # With a terminal too: streams that come along tell the agent that somebody is here, and the output is not logged.
    with _nothing_to_read() if not stdin else nullcontext(0) as source:
        result, items = await agent.begin(request, (source, 1, 2))
    item = await items.get() if tty else None
    if item is None or not item[1]:
        return await result
    master = item[1][0]
    try:
        with raw_terminal(True), window_size(master):
            finished = agent.call(Wait(ends_later)) if ends_later else result
            return await _pump(master, asyncio.ensure_future(finished))
    finally:
        os.close(master)


@contextmanager
def _nothing_to_read() -> Iterator[int]:
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield null
    finally:
        os.close(null)


async def _pump(master: int, finished: asyncio.Future[Any]) -> Any:
    """Carry keys to `master` and its output to us until `finished`, then what is left of the output."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def output() -> None:
        try:
            data = os.read(master, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            write_all(1, data)
        elif not ended.done():
            ended.set_result(None)
            loop.remove_reader(master)

    loop.add_reader(master, output)
    typing = Typing(master)
    try:
        result = await finished
        with suppress(TimeoutError):
            await asyncio.wait_for(ended, 0.2)
        return result
    finally:
        loop.remove_reader(master)
        typing.close()


def write_all(fd: int, data: bytes) -> None:
    """All of it, however slow the reader."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            continue


@contextmanager
def window_size(master: int) -> Iterator[None]:
    """Give the other terminal our size, now and whenever it changes."""

    def copy() -> None:
        with suppress(OSError):
            size = fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8)
            fcntl.ioctl(master, termios.TIOCSWINSZ, size)

    copy()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGWINCH, copy)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)
