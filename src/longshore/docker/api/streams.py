"""This process's own stdin, stdout and stderr joined to a container's, with a terminal where one is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator

from longshore.docker.api.calls import Api
from longshore.docker.api.frames import Demultiplexer
from longshore.docker.api.http import Hijacked
from longshore.engine.ownterminal import raw_terminal

__all__ = ["join", "resizes"]

CHUNK = 64 * 1024
Resize = Callable[[int, int], Awaitable[None]]


def resizes(api: Api, place: str) -> Resize:
    """For `join`: tells the engine the size of the terminal of what is at `place`, a container's address or a
    command's."""

    async def resize(lines: int, columns: int) -> None:
        await api.post(f"{place}/resize", h=lines, w=columns)

    return resize


async def join(
    stream: Hijacked, *, tty: bool, stdin: bool, resize: Resize | None = None, passes_end: bool = True
) -> None:
    """Copy both ways until the container closes its side. `resize` is told the terminal's size, now and at changes.
    `passes_end`: the end of our input is the container's, too, except on a terminal: there the engine would close it
    for the output that is still to come."""
    feeder = _Feeder(stream, passes_end=passes_end and not tty) if stdin else None
    with raw_terminal(tty and stdin), _following_size(resize if tty else None):
        try:
            await _copy_out(stream, tty=tty)
        finally:
            if feeder:
                feeder.stop()


async def _copy_out(stream: Hijacked, *, tty: bool) -> None:
    frames = Demultiplexer(tty=tty)
    while data := await stream.read():
        for name, frame in frames.feed(data):
            _write(1 if name == "stdout" else 2, frame)


def _write(descriptor: int, data: bytes) -> None:
    """All of it, however slow the reader; a reader that has gone ends the copying as a closed pipe does."""
    while data:
        data = data[os.write(descriptor, data) :]


class _Feeder:
    """Reads our stdin in a thread of its own (a file or terminal cannot be awaited everywhere) and sends it on. A pipe
    wakes the thread at the end, so that no later key stroke is swallowed."""

    def __init__(self, stream: Hijacked, *, passes_end: bool) -> None:
        self._stream, self._loop, self._passes_end = stream, asyncio.get_running_loop(), passes_end
        self._stopped = False
        self._woken, self._wake = os.pipe()
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def stop(self) -> None:
        self._stopped = True
        os.close(self._wake)

    def _read(self) -> None:
        try:
            while data := self._next():
                self._tell(data)
            self._tell(b"")
        finally:
            os.close(self._woken)

    def _next(self) -> bytes:
        """What comes next; b"" at the end of our stdin, or when it is not wanted any more."""
        try:
            ready, _, _ = select.select([sys.stdin.fileno(), self._woken], [], [])
            return b"" if self._woken in ready else os.read(sys.stdin.fileno(), CHUNK)
        except (OSError, ValueError):
            return b""

    def _tell(self, data: bytes) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._send, data)

    def _send(self, data: bytes) -> None:
        if self._stopped:
            return
        if data:
            self._stream.writer.write(data)
        elif self._passes_end:
            self._stream.end_input()


@contextlib.contextmanager
def _following_size(resize: Resize | None) -> Iterator[None]:
    if resize is None or not sys.stdout.isatty():
        yield
        return
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def tell() -> None:
        size = os.get_terminal_size(sys.stdout.fileno())
        task = loop.create_task(_quietly(resize, size.lines, size.columns))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    tell()
    loop.add_signal_handler(signal.SIGWINCH, tell)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)
        for task in tasks:
            task.cancel()


async def _quietly(resize: Resize, lines: int, columns: int) -> None:
    """A size that cannot be set (the process is not there yet, or any more) is no reason to fail."""
    from longshore.model.errors import ShoreError

    with contextlib.suppress(ShoreError):
        await resize(lines, columns)
