"""The agent's socket: who may ask, and what becomes of a client's requests (answers.py) when it leaves."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.agent.answers import answer
from longshore.native.agent.project import Project
from longshore.native.kernel.procstatus import status_of
from longshore.native.shared.requests import from_message
from longshore.native.shared.wire import Message, Wire

__all__ = ["Server", "is_ours"]

_IDLE, _UNCALLED = 1.0, 10.0
"""Seconds after the last client, and after a start that no client followed (its command was killed), before an agent
that watches over nothing ends."""


def is_ours(connection: socket.socket, proc: Path = Path("/proc")) -> bool:
    """Whether the other end is a process of this agent's own user outside every container: a container's process has
    more than one pid, one for each pid namespace it is in."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    pid, uid, _ = (int.from_bytes(raw[i : i + 4], "little") for i in (0, 4, 8))
    if uid != os.geteuid() or pid == 0:
        return False
    pids = status_of(pid, proc).get("NSpid", "").split()
    own = status_of("self", proc)["NSpid"].split()
    return len(pids) == len(own)


class Server:
    """Listens on the project's socket. `finished` is set when the agent has nothing left to do."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.finished = asyncio.Event()
        self._clients: set[_Client] = set()
        self._listener: socket.socket | None = None

    def listen(self, listener: socket.socket) -> None:
        """In the place of an earlier one, whose connections stay."""
        self.close()
        self._listener = listener
        self.project.on_idle = self._maybe_idle
        self.project.on_lost = self.finished.set
        loop = asyncio.get_running_loop()
        loop.add_reader(listener.fileno(), self._accept)
        loop.call_later(_UNCALLED, self.check_idle)

    def close(self) -> None:
        if self._listener:
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
            self._listener.close()
            self._listener = None

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        if not is_ours(connection):
            connection.close()
            return
        self._clients.add(_Client(self, connection))

    def gone(self, client: _Client) -> None:
        self._clients.discard(client)
        self._maybe_idle()

    def _maybe_idle(self) -> None:
        asyncio.get_running_loop().call_later(_IDLE, self.check_idle)

    def check_idle(self) -> None:
        """An agent that watches over nothing and serves nobody ends; the state file is enough."""
        if not self._clients and not self.project.busy:
            self.finished.set()


class _Client:
    def __init__(self, server: Server, connection: socket.socket) -> None:
        self.server = server
        self._wire = Wire(connection, self._received, self._closed)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._cleanups: list[Callable[[], None]] = []

    def _closed(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        for clean in self._cleanups:
            clean()
        self.server.gone(self)

    def _received(self, message: Message, descriptors: list[int]) -> None:
        if "cancel" in message:
            task = self._tasks.get(message["cancel"])
            if task:
                task.cancel()
            return
        identity = int(message["id"])
        task = asyncio.ensure_future(self._serve(identity, message, descriptors))
        self._tasks[identity] = task
        task.add_done_callback(lambda _: self._tasks.pop(identity, None))

    async def _serve(self, identity: int, message: Message, descriptors: list[int]) -> None:
        try:
            result = await answer(_Asking(self, identity, descriptors), from_message(message))
            self.send({"id": identity, "result": result})
        except ShoreError as error:
            said = {"what": error.what, "hint": error.hint, "details": error.details, "code": error.exit_code}
            self.send({"id": identity, "error": said})
        except asyncio.CancelledError:
            raise
        except Exception as error:
            said = {"what": f"the agent met {type(error).__name__}: {error}", "hint": "", "details": (), "code": 1}
            self.send({"id": identity, "error": said})
        finally:
            for fd in descriptors:
                os.close(fd)

    def send(self, message: Message, descriptors: Sequence[int] = ()) -> None:
        self._wire.send(message, descriptors)

    def on_close(self, clean: Callable[[], None]) -> None:
        self._cleanups.append(clean)


@record
class _Asking:
    """The protocol of answers.py."""

    client: _Client
    identity: int
    descriptors: list[int]

    @property
    def project(self) -> Project:
        return self.client.server.project

    def item(self, value: Any, descriptors: list[int] | None = None) -> None:
        self.client.send({"id": self.identity, "item": value}, descriptors or ())

    def on_close(self, clean: Callable[[], None]) -> None:
        self.client.on_close(clean)

    def finish(self) -> None:
        self.client.server.finished.set()
