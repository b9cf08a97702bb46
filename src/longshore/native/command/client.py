"""A command's side of the agent: find it or start it, ask it, and say in people's words what it cannot do."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from longshore.model.errors import ShoreError
from longshore.native.command.spawn import prepared, spawn, unneeded
from longshore.native.shared.places import ProjectPlaces
from longshore.native.shared.readable import readable
from longshore.native.shared.records import FORMAT
from longshore.native.shared.requests import Finish, Hello, Request, to_message
from longshore.native.shared.wire import Message, Wire

__all__ = ["AgentClient", "connect", "connect_or_start"]

_PATIENCE = 60.0
"""Seconds that an agent has to start: on a machine with fifty times more to do than it can, it needs half of them."""
_SUMMONED = 5.0
"""Seconds that an agent has to open its socket again."""


class AgentClient:
    """One connection. Requests may overlap; `gone` is set when the agent ended; `pid` is the agent's once it has said
    hello (`connect`)."""

    def __init__(self, sock: socket.socket) -> None:
        self.pid = 0
        self._wire = Wire(sock, self._received, self._closed)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._items: dict[int, asyncio.Queue[tuple[Any, list[int]] | None]] = {}
        self.gone = asyncio.Event()

    def close(self) -> None:
        self._wire.close()

    async def finish(self) -> None:
        """Have the agent end; returns when its process has."""
        with suppress(ShoreError), _Process(self.pid) as process:
            await self.call(Finish())
            await process.ended()
        await self.gone.wait()

    async def call(self, request: Request, descriptors: Sequence[int] = ()) -> Any:
        """Ask and wait for the answer. Raises ShoreError, also when the agent dies meanwhile."""
        identity, future = self._ask(request, descriptors)
        try:
            return await future
        except asyncio.CancelledError:
            self._wire.send({"cancel": identity})
            raise
        finally:
            self._waiting.pop(identity, None)

    def _ask(self, request: Request, descriptors: Sequence[int]) -> tuple[int, asyncio.Future[Any]]:
        if self.gone.is_set():
            raise _died()
        identity = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[identity] = future
        self._wire.send({"id": identity, **to_message(request)}, descriptors)
        return identity, future

    async def begin(
        self, request: Request, descriptors: Sequence[int] = ()
    ) -> tuple[asyncio.Future[Any], asyncio.Queue[tuple[Any, list[int]] | None]]:
        """Ask for something that answers in pieces: (its final answer, the queue of pieces; None ends it)."""
        if self.gone.is_set():
            raise _died()
        items: asyncio.Queue[tuple[Any, list[int]] | None] = asyncio.Queue()
        identity, future = self._ask(request, descriptors)
        self._items[identity] = items
        return future, items

    async def stream(self, request: Request) -> AsyncIterator[Any]:
        """The pieces of an answer until the agent ends it; leaving the loop ends it too."""
        if self.gone.is_set():
            raise _died()
        items: asyncio.Queue[tuple[Any, list[int]] | None] = asyncio.Queue()
        identity, future = self._ask(request, ())
        self._items[identity] = items
        try:
            while (item := await items.get()) is not None:
                yield item[0]
            await future
        finally:
            self._items.pop(identity, None)
            self._waiting.pop(identity, None)
            if not future.done():
                future.cancel()
                self._wire.send({"cancel": identity})
            elif not future.cancelled():
                future.exception()

    def _received(self, message: Message, descriptors: list[int]) -> None:
        identity = message["id"]
        if "item" in message:
            if identity in self._items:
                self._items[identity].put_nowait((message["item"], descriptors))
            else:
                for fd in descriptors:
                    os.close(fd)
            return
        if identity in self._items:
            self._items.pop(identity).put_nowait(None)
        future = self._waiting.pop(identity, None)
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(_error(message["error"]))
        else:
            future.set_result(message["result"])

    def _closed(self) -> None:
        self.gone.set()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(_died())
                future.exception()
        for items in self._items.values():
            items.put_nowait(None)


class _Process:
    """A process that is not our child, by its pidfd; one that has ended already counts as ended."""

    def __init__(self, pid: int) -> None:
        try:
            self._fd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._fd = -1

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self._fd >= 0:
            os.close(self._fd)

    async def ended(self) -> None:
        if self._fd >= 0:
            await readable(self._fd)


def _error(said: Mapping[str, Any]) -> ShoreError:
    error = ShoreError(said["what"], hint=said["hint"], details=tuple(said["details"]))
    error.exit_code = said["code"]
    return error


def _died() -> ShoreError:
    return ShoreError(
        "the agent of this project ended, and with it all its services", hint="start them again: shore up -d"
    )


async def connect(project: ProjectPlaces) -> AgentClient | None:
    """The project's agent, or None when none lives. Raises ShoreError for one of another version."""
    sock = _connected(project) or await _summoned(project)
    if sock is None:
        return None
    unneeded()
    client = AgentClient(sock)
    try:
        hello = await client.call(Hello())
    except ShoreError:
        client.close()
        return None
    client.pid = int(hello["pid"])
    if hello["format"] != FORMAT:
        client.close()
        raise ShoreError(
            f"the agent of {hello['project']} (pid {hello['pid']}) is of another version of shore",
            hint=f"end it with the version that started it (shore down), or: kill {hello['pid']}",
        )
    return client


def _connected(project: ProjectPlaces) -> socket.socket | None:
    try:
        directory = os.open(project.directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.connect(f"/proc/self/fd/{directory}/{project.socket.name}")
    except (FileNotFoundError, ConnectionRefusedError):
        sock.close()
        return None
    except PermissionError as error:
        sock.close()
        raise ShoreError(
            f"the agent in {project.directory} belongs to another user", hint="run shore as that user"
        ) from error
    finally:
        os.close(directory)
    return sock


async def _summoned(project: ProjectPlaces) -> socket.socket | None:
    """The socket of an agent that had lost it, or was only about to open it; None where none lives or answers."""
    from longshore.native.command.summon import summon

    process = summon(project)
    if process < 0:
        return None
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_SUMMONED):
                ended = asyncio.ensure_future(readable(process))
                try:
                    while not ended.done():
                        if sock := _connected(project):
                            return sock
                        await asyncio.sleep(0.01)
                finally:
                    ended.cancel()
    finally:
        os.close(process)
    return None


async def connect_or_start(
    project: ProjectPlaces, environ: Mapping[str, str], several: Callable[[], bool] = lambda: False
) -> AgentClient:
    """The project's agent, started when there is none, with many ids where `several` says so. Raises ShoreError when it
    cannot start here."""
    found = await connect(project)
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while found is None:
        said = await _start(project, environ, several=several())
        if said not in ("ready", "locked"):
            raise ShoreError(
                f"the native engine's agent cannot start: {said or 'it ended at once'}",
                hint=f"see {project.agent_log}; what this machine lacks: shore config --engine native",
            )
        found = await connect(project)
        if found is None:
            # One that is about to end still holds the lock, or has not opened its socket yet.
            if asyncio.get_running_loop().time() > deadline:
                raise ShoreError(f"the agent of this project does not answer ({project.lock} says which process)")
            await asyncio.sleep(0.02)
    return found


async def _start(project: ProjectPlaces, environ: Mapping[str, str], *, several: bool) -> str:
    """Start an agent; what it says when it is ready, or why it is not."""
    name = project.directory.name
    if several:
        unneeded()  # it has one id
    agent = prepared(name) or spawn(name, environ, several=several)
    agent.go()
    import longshore.native.command.translate  # noqa: F401 - wanted as soon as the agent is there

    try:
        return await _read_all(agent.ready)
    finally:
        os.close(agent.ready)
        agent.collect()


async def _read_all(fd: int) -> str:
    os.set_blocking(fd, False)
    text = b""
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                await readable(fd)
                chunk = os.read(fd, 4096)
                if not chunk:
                    break
                text += chunk
    except TimeoutError:
        return text.decode(errors="replace") or f"it is not ready after {_PATIENCE:.0f} s"
    return text.decode(errors="replace")
