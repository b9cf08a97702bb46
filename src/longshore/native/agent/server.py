"""What the agent answers: one method per request of a command. A connection's streams and commands end with it."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from longshore.model.codec import decode, encode
from longshore.model.errors import ShoreError
from longshore.native.agent.commands import Wanted
from longshore.native.agent.container import Supervised
from longshore.native.agent.project import Project
from longshore.native.shared.records import FORMAT, NetworkRecord, as_container
from longshore.native.shared.spec import ContainerSpec
from longshore.native.shared.wire import Message, Wire
from longshore.state.events import (
    ContainerCreated,
    ContainerDied,
    ContainerRemoved,
    ContainerStopped,
    Event,
    as_json,
    present,
)

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
    try:
        lines = (proc / str(pid) / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return False
    pids = next((line.split()[1:] for line in lines if line.startswith("NSpid:")), [])
    own = next(
        line.split()[1:]
        for line in (proc / "self/status").read_text(encoding="ascii").splitlines()
        if line.startswith("NSpid:")
    )
    return len(pids) == len(own)


class Server:
    """Listens on the project's socket. `finished` is set when the agent has nothing left to do."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.finished = asyncio.Event()
        self._clients: set[_Client] = set()

    def listen(self, listener: socket.socket) -> None:
        self._listener = listener
        self.project.on_idle = self._maybe_idle
        self.project.on_lost = self.finished.set
        loop = asyncio.get_running_loop()
        loop.add_reader(listener.fileno(), self._accept)
        loop.call_later(_UNCALLED, self.check_idle)

    def _accept(self) -> None:
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
        self.server, self.project = server, server.project
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
            method = _METHODS.get(message["do"])
            if method is None:
                raise ShoreError(f"this agent does not know {message['do']}", hint="shore down, then up again")
            result = await method(self, identity, message.get("with", {}), descriptors)
            self._wire.send({"id": identity, "result": result})
        except ShoreError as error:
            said = {"what": error.what, "hint": error.hint, "details": error.details, "code": error.exit_code}
            self._wire.send({"id": identity, "error": said})
        except asyncio.CancelledError:
            raise
        except Exception as error:
            said = {"what": f"the agent met {type(error).__name__}: {error}", "hint": "", "details": (), "code": 1}
            self._wire.send({"id": identity, "error": said})
        finally:
            for fd in descriptors:
                os.close(fd)

    def item(self, identity: int, value: Any, descriptors: list[int] | None = None) -> None:
        """One more piece of an answer that comes in pieces."""
        self._wire.send({"id": identity, "item": value}, descriptors or ())

    def on_close(self, clean: Callable[[], None]) -> None:
        self._cleanups.append(clean)


Method = Callable[[_Client, int, dict[str, Any], list[int]], Awaitable[Any]]


async def _hello(client: _Client, _i: int, _w: dict[str, Any], _d: list[int]) -> Any:
    return {"format": FORMAT, "pid": os.getpid(), "project": client.project.name}


async def _list(client: _Client, _i: int, _w: dict[str, Any], _d: list[int]) -> Any:
    return encode(client.project.record)


async def _create_network(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    client.project.create_network(decode(NetworkRecord, given["network"]))


async def _remove_network(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    await client.project.remove_network(given["name"])


async def _create(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    record = await client.project.create(
        decode(ContainerSpec, given["spec"]),
        given.get("replaces", ""),
        renew_anonymous=given.get("renew_anonymous", False),
        ports_auto=given.get("ports_auto", False),
    )
    return encode(as_container(record))


async def _replace(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    await client.project.supersede(given["container"], given["by"])


async def _start(client: _Client, identity: int, given: dict[str, Any], descriptors: list[int]) -> Any:
    container = client.project.get(given["container"])
    container.remove_when_ended = given.get("remove", False)
    await container.start(_contents(given), descriptors)
    if container.terminal >= 0:
        client.item(identity, "terminal", [container.terminal])
    return encode(as_container(container.record))


async def _prepare(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    container = client.project.get(given["container"])
    client.on_close(lambda: client.project.leave(container))
    await container.prepare(_contents(given))


def _contents(given: Mapping[str, Any]) -> dict[str, bytes]:
    return {key: base64.b64decode(value) for key, value in given.get("files", {}).items()}


async def _stop(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    await client.project.get(given["container"]).stop(given.get("timeout"))


async def _kill(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    await client.project.get(given["container"]).kill(given["signal"])


async def _pause(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    await client.project.get(given["container"]).pause()


async def _unpause(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    await client.project.get(given["container"]).unpause()


async def _remove(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    await client.project.remove(given["container"], volumes=given.get("volumes", False))


async def _wait(client: _Client, _i: int, given: dict[str, Any], _d: list[int]) -> Any:
    container = client.project.get(given["container"])
    await container.ended.wait()
    return container.record.exit_code


async def _execute(client: _Client, identity: int, given: dict[str, Any], descriptors: list[int]) -> Any:
    container = client.project.get(given["container"])
    wanted = Wanted(
        tuple(given["argv"]),
        given.get("user", ""),
        given.get("working_dir", ""),
        given.get("environment", {}),
        given.get("tty", False),
    )
    command = container.command(wanted)
    await command.start(() if given.get("tty") else descriptors)
    await container.entered()
    client.item(identity, "started", [command.terminal] if command.terminal >= 0 else None)
    return await command.wait()


async def _events(client: _Client, identity: int, _w: dict[str, Any], _d: list[int]) -> Any:
    """The present state of every container as events, then what happens from now on."""

    def send(event: Event) -> None:
        client.item(identity, as_json(event))

    for container in client.project.containers.values():
        spec = container.spec
        send(present(as_container(container.record), unchecked=not (spec.health and spec.health.active)))
    return await _until_closed(client, client.project.listeners, send)


async def _until_closed(client: _Client, listeners: list[Any], listener: Any) -> None:
    listeners.append(listener)
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        listeners.remove(listener)
    del client


async def _logs(client: _Client, identity: int, given: dict[str, Any], _d: list[int]) -> Any:
    """Every line from now on of the named containers, until the last of them has ended; without names of all, without
    end."""
    names = set(given.get("names", ()))
    removers: list[Callable[[], None]] = []
    over = asyncio.Event()

    def listen(container: Supervised) -> None:
        def send(when: float, number: int, stream: str, text: str) -> None:
            client.item(identity, [container.spec.service, container.spec.name, when, number, stream, text])

        container.log.listeners.append(send)
        removers.append(lambda: container.log.listeners.remove(send))

    def happened(event: Event) -> None:
        if isinstance(event, ContainerCreated) and (not names or event.container in names):
            made = client.project.find(event.container, by_service=False)
            if made:
                listen(made)
        elif isinstance(event, ContainerDied | ContainerStopped | ContainerRemoved):
            look()

    def look() -> None:
        followed = (c.record.state for c in client.project.containers.values() if c.spec.name in names)
        if names and not any(state in ("running", "restarting", "paused") for state in followed):
            over.set()

    for container in client.project.containers.values():
        if not names or container.spec.name in names:
            listen(container)
    client.item(identity, "listening")
    look()
    client.project.listeners.append(happened)
    try:
        await over.wait()
    finally:
        client.project.listeners.remove(happened)
        for remove in removers:
            remove()


async def _finish(client: _Client, _i: int, _w: dict[str, Any], _d: list[int]) -> Any:
    """End the agent; the caller removes the project's directory when this says that nothing is left."""
    client.server.finished.set()
    return not client.project.containers


_METHODS: dict[str, Method] = {
    "hello": _hello,
    "list": _list,
    "create network": _create_network,
    "remove network": _remove_network,
    "create": _create,
    "replace": _replace,
    "prepare": _prepare,
    "start": _start,
    "stop": _stop,
    "kill": _kill,
    "pause": _pause,
    "unpause": _unpause,
    "remove": _remove,
    "wait": _wait,
    "exec": _execute,
    "events": _events,
    "logs": _logs,
    "finish": _finish,
}
