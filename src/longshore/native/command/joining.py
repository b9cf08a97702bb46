"""`attach`: this process's own streams joined to those of a container that runs already, until one of them ends."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from contextlib import nullcontext

from longshore.model.detachkeys import DetachKeys
from longshore.native.command.client import AgentClient
from longshore.native.command.terminal import raw_mode, window_size, write_all
from longshore.native.shared.requests import Join

__all__ = ["attach"]

_CHUNK = 1 << 16


async def attach(agent: AgentClient, container: str, *, tty: bool, stdin: bool, detach_keys: str) -> None:
    """Without `stdin` nothing that comes here goes on. On a terminal `detach_keys` leave the container running. Raises
    ShoreError."""
    keys = DetachKeys(detach_keys) if tty else None
    result, items = await agent.begin(Join(container))
    first = await items.get()
    if first is None:
        await result
        return
    target = first[1][0] if first[1] else -1
    left = False

    def leave() -> None:
        nonlocal left
        left = True
        items.put_nowait(None)

    typing = _Typing(target, keys, leave) if stdin and target >= 0 else None
    try:
        with raw_mode() if tty and typing else nullcontext(), window_size(target) if tty else nullcontext():
            while (item := await items.get()) is not None:
                stream, data = item[0]
                write_all(2 if stream == "e" else 1, base64.b64decode(data))
    finally:
        if typing:
            typing.close()
        if target >= 0:
            os.close(target)
    if left:
        result.cancel()
    else:
        await result


class _Typing:
    """Carries what comes on our standard input to a container's. One that does not read holds up what follows, and not
    us. The end of ours is not the end of the container's, which others may attach to."""

    def __init__(self, target: int, keys: DetachKeys | None, leave: Callable[[], None]) -> None:
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
        if leaves:
            self._leave()
        else:
            self._write()

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
