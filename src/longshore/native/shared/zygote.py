"""A handle on the process that clones containers (inside/zygote.py), for an agent and for whoever carries out a RUN."""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from longshore.native.kernel.procstatus import status_of
from longshore.native.shared.readable import readable

__all__ = ["Zygote", "collect"]


_LOOK_AGAIN = 10
"""Milliseconds."""


def collect(pid: int) -> None:
    """Wait for the end of a child that may be the first process of a pid namespace. That one cannot end before every
    process of its namespace is collected, and commands in there are our own children: one that was killed a moment ago
    is still waited for by somebody who does not come to it while we stand here. Raises ChildProcessError."""
    if os.waitpid(pid, os.WNOHANG)[0]:
        return
    ending = select.poll()
    pidfd = os.pidfd_open(pid)
    try:
        ending.register(pidfd, select.POLLIN)
        while not ending.poll(_LOOK_AGAIN):
            for child in _children():
                if child != pid and len(status_of(child).get("NSpid", "").split()) > 1:  # in a namespace below ours
                    with suppress(ChildProcessError):
                        os.waitpid(child, os.WNOHANG)
        os.waitpid(pid, 0)
    finally:
        os.close(pidfd)


def _children() -> list[int]:
    """Of this process, those that were not waited for among them."""
    found: list[int] = []
    for one in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended meanwhile
            found += map(int, one.read_text().split())
    return found


class Zygote:
    """`requests` is the socket that requests go by; `maker` is our child that makes the two processes behind it (also
    our children), says who they are, and ends; what runs in there runs as long as `lifeline` is open. It is bound to no
    event loop."""

    def __init__(self, requests: socket.socket, maker: int, lifeline: int) -> None:
        requests.setblocking(False)
        self._requests, self._children, self._lifeline = requests, [maker], lifeline

    def watch(self, lost: Callable[[], None]) -> None:
        """Have `lost` called, once, when it has ended."""

        def readable() -> None:
            if not self._hear():
                self.unwatch()
                lost()

        asyncio.get_running_loop().add_reader(self._requests.fileno(), readable)

    def unwatch(self) -> None:
        """Call nobody any more."""
        asyncio.get_running_loop().remove_reader(self._requests.fileno())

    def _hear(self) -> bool:
        """Take in what is said here, which is once who the processes are; False at the end."""
        data = self._requests.recv(4096)
        if data:
            self._collect()
            self._children = json.loads(data)
        return bool(data)

    def _collect(self) -> None:
        for pid in self._children:
            with suppress(ChildProcessError):
                collect(pid)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        looking = select.poll()
        looking.register(self._requests, 0)
        return bool(looking.poll(0))

    def close(self) -> None:
        """End it, and with it every container that still runs."""
        self._requests.setblocking(True)
        if len(self._children) == 1:
            self._hear()
        self._requests.close()
        os.close(self._lifeline)
        self._collect()

    async def container(
        self,
        control: int,
        streams: Sequence[int],
        groups: Sequence[str] = (),
        *,
        own_network: bool,
        init: bool,
        join: int = -1,
    ) -> int:
        """A pidfd of a new container's first process, which enters the control groups whose files are `groups` and
        waits for its order on `control`. With `init` that process stays one of ours, and its child is the program's.
        Raises OSError."""
        request = {
            "do": "container", "network": own_network, "init": init, "streams": len(streams), "groups": groups,
        }  # fmt: skip
        return await self._ask(request, [control, *streams, *([join] if join >= 0 else [])])

    async def command(self, control: int, streams: Sequence[int], enter: Sequence[int], user: int = -1) -> int:
        """A pidfd of a process that runs a command in the container whose namespaces are `enter`, and `user`. Raises
        OSError."""
        extra = [*enter, *([user] if user >= 0 else [])]
        request = {"do": "command", "streams": len(streams), "user": user >= 0}
        return await self._ask(request, [control, *streams, *extra])

    async def everyone(self, processes: int, number: int) -> int:
        """A pidfd of a process that sends signal `number` to all of the pid namespace `processes` but its pid 1.
        Raises OSError."""
        return await self._ask({"do": "everyone", "signal": number}, [processes])

    async def _ask(self, request: dict[str, object], descriptors: list[int]) -> int:
        """The answer comes by a socket of its own, so that requests need not wait for each other."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                await self._send(json.dumps(request).encode(), [theirs.fileno(), *descriptors])
            await readable(ours.fileno())
            data, made, _, _ = socket.recv_fds(ours, 4096, 1)
        if not data:
            raise OSError(0, "the process that makes containers ended")
        if made:
            return made[0]
        answer = json.loads(data)
        raise OSError(answer["errno"], answer["error"])

    async def _send(self, data: bytes, descriptors: list[int]) -> None:
        while True:
            try:
                socket.send_fds(self._requests, [data], descriptors)
                return
            except BlockingIOError:
                await asyncio.sleep(0.001)
