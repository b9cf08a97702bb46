"""The agent's handle on the process that clones containers (inside/zygote.py)."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

__all__ = ["Zygote"]


class Zygote:
    """What `fork_zygote` made; call `attach` once the event loop runs."""

    def __init__(self, pid: int, requests: socket.socket) -> None:
        requests.setblocking(False)
        self.pid, self._socket = pid, requests
        self._waiting: deque[asyncio.Future[int]] = deque()

    def attach(self, lost: Callable[[], None]) -> None:
        """Serve answers from now on; `lost` is called when the process has ended."""
        self._lost = lost
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._answered)

    def close(self) -> None:
        """End it; containers go on."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    async def container(
        self, control: int, streams: Sequence[int], groups: Sequence[str], *, own_network: bool, join: int = -1
    ) -> int:
        """The pid of a new container's first process, which enters the control groups whose files are `groups` and
        waits for its order on `control`."""
        extra = [join] if join >= 0 else []
        request = {
            "do": "container", "network": own_network, "streams": len(streams), "extra": len(extra), "groups": groups,
        }  # fmt: skip
        return await self._ask(request, [control, *streams, *extra])

    async def command(self, control: int, streams: Sequence[int], enter: Sequence[int], user: int = -1) -> int:
        """The pid of a process that runs a command in the container whose namespaces are `enter`, and `user`."""
        extra = [*enter, *([user] if user >= 0 else [])]
        request = {"do": "command", "streams": len(streams), "extra": len(extra), "user": user >= 0}
        return await self._ask(request, [control, *streams, *extra])

    async def everyone(self, processes: int, number: int) -> int:
        """The pid of a process that sends signal `number` to all of the pid namespace `processes` but its pid 1."""
        return await self._ask({"do": "everyone", "signal": number}, [processes])

    async def _ask(self, request: dict[str, object], descriptors: list[int]) -> int:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        while True:
            try:
                socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors)
                break
            except BlockingIOError:
                await asyncio.sleep(0.001)
        self._waiting.append(future)
        return await future

    def _answered(self) -> None:
        try:
            data = self._socket.recv(4096)
        except BlockingIOError:
            return
        if not data:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            while self._waiting:
                self._waiting.popleft().set_exception(OSError("the process that makes containers ended"))
            self._lost()
            return
        answer = json.loads(data)
        future = self._waiting.popleft()
        if future.cancelled():
            return
        if "pid" in answer:
            future.set_result(answer["pid"])
        else:
            future.set_exception(OSError(answer["errno"], answer["error"]))
