"""Messages between a command and the agent: JSON lines over a unix socket, descriptors alongside."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

__all__ = ["Message", "Wire"]

_READ = 1 << 18
_MOST_DESCRIPTORS = 16

Message = dict[str, Any]


class Wire:
    """One end. `receive` gets each message with the descriptors that it announces (key "fds": how many) and owns them;
    `closed` is called once when the other end is gone."""

    def __init__(
        self, sock: socket.socket, receive: Callable[[Message, list[int]], None], closed: Callable[[], None]
    ) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._receive, self._closed = receive, closed
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._descriptors: deque[int] = deque()
        self._out: deque[tuple[bytes, tuple[int, ...]]] = deque()
        self._drained: asyncio.Future[None] | None = None
        self._open = True
        self._loop.add_reader(sock.fileno(), self._readable)

    def send(self, message: Message, descriptors: Sequence[int] = ()) -> None:
        """Queue a message; `descriptors` are duplicated, the caller keeps its own."""
        if not self._open:
            return
        if descriptors:
            message = {**message, "fds": len(descriptors)}
        data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        self._out.append((data, tuple(os.dup(fd) for fd in descriptors)))
        if len(self._out) == 1:
            self._writable()

    async def drain(self) -> None:
        """Wait while the other end is slow to read."""
        if self._out and self._open:
            self._drained = self._drained or self._loop.create_future()
            await asyncio.shield(self._drained)

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        for _, descriptors in self._out:
            _close(descriptors)
        _close(self._descriptors)
        self._wake()
        self._closed()

    def _wake(self) -> None:
        if self._drained and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def _writable(self) -> None:
        while self._out:
            data, descriptors = self._out[0]
            try:
                sent = socket.send_fds(self._socket, [data], descriptors) if descriptors else self._socket.send(data)
            except BlockingIOError:
                self._loop.add_writer(self._socket.fileno(), self._writable)
                return
            except OSError:
                self.close()
                return
            _close(descriptors)
            if sent < len(data):
                self._out[0] = (data[sent:], ())
            else:
                self._out.popleft()
        self._loop.remove_writer(self._socket.fileno())
        self._wake()

    def _readable(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, _READ, _MOST_DESCRIPTORS)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        for fd in descriptors:
            os.set_inheritable(fd, False)
        self._descriptors.extend(descriptors)
        if not data:
            self.close()
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if self._open:
                self._message(line)

    def _message(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            self.close()
            return
        count = int(message.pop("fds", 0))
        with suppress(IndexError):
            self._receive(message, [self._descriptors.popleft() for _ in range(count)])


def _close(descriptors: Sequence[int] | deque[int]) -> None:
    for fd in descriptors:
        with suppress(OSError):
            os.close(fd)
