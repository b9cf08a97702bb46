"""What comes on this process's standard input, carried to a container's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from longshore.model.detachkeys import DetachKeys

__all__ = ["Typing"]

_CHUNK = 1 << 16


class Typing:
    """Carries what comes on our standard input to a container's. One that does not read holds up what follows, and not
    us. The end of ours is not the end of the container's, which others may attach to."""

    def __init__(self, target: int, keys: DetachKeys | None = None, leave: Callable[[], None] = lambda: None) -> None:
        """`target` does not block from here on; `leave` is called when `keys` have been typed."""
        self._target, self._keys, self._leave = target, keys, leave
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        os.set_blocking(target, False)
        self._read_on()

    def close(self) -> None:
        self._loop.remove_reader(0)
        self._loop.remove_writer(self._target)
        self._target = -1

    def _read_on(self) -> None:
        try:
            self._loop.add_reader(0, self._typed)
        except (OSError, ValueError):  # a file: it can be read, and not be waited for
            self._loop.call_soon(self._typed)

    def _typed(self) -> None:
        if self._target < 0:
            return
        self._loop.remove_reader(0)
        try:
            data = os.read(0, _CHUNK)
        except OSError:
            return
        if not data:
            return
        self._rest, leaves = self._keys.feed(data) if self._keys else (data, False)
        self._write()
        if leaves:
            self._leave()

    def _write(self) -> None:
        try:
            self._rest = self._rest[os.write(self._target, self._rest) :]
        except BlockingIOError:
            pass
        except OSError:  # it reads no more
            self._loop.remove_writer(self._target)
            return
        if self._rest:
            self._loop.add_writer(self._target, self._write)
        else:
            self._loop.remove_writer(self._target)
            self._read_on()
