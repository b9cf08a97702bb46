"""What the agent answers: one function per request. A connection's streams and commands end with it."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from longshore.model.codec import encode
from longshore.model.errors import ShoreError
from longshore.native.agent.container.commands import Wanted
from longshore.native.agent.container.supervised import Supervised
from longshore.native.agent.project import Project
from longshore.native.shared import requests
from longshore.native.shared.records import FORMAT, as_container
from longshore.native.shared.requests import Request, contents
from longshore.state.events import (
    ContainerCreated,
    ContainerDied,
    ContainerRemoved,
    ContainerStopped,
    Event,
    as_json,
    present,
)

__all__ = ["Asking", "answer"]


class Asking(Protocol):
    """One request of a client. `descriptors` came along and are closed when it is answered."""

    @property
    def project(self) -> Project: ...

    @property
    def descriptors(self) -> list[int]: ...

    def item(self, value: Any, descriptors: list[int] | None = None) -> None:
        """One more piece of an answer that comes in pieces."""

    def on_close(self, clean: Callable[[], None]) -> None:
        """Have this done when the client is gone."""

    def finish(self) -> None:
        """Have the agent end."""


async def answer(asking: Asking, request: Request) -> Any:
    """Raises ShoreError."""
    return await _METHODS[type(request)](asking, request)


async def _hello(asking: Asking, _: requests.Hello) -> Any:
    return {"format": FORMAT, "pid": os.getpid(), "project": asking.project.name}


async def _list(asking: Asking, _: requests.List) -> Any:
    return encode(asking.project.record)


async def _create_network(asking: Asking, request: requests.CreateNetwork) -> Any:
    asking.project.create_network(request.network)


async def _remove_network(asking: Asking, request: requests.RemoveNetwork) -> Any:
    await asking.project.remove_network(request.name)


async def _create(asking: Asking, request: requests.Create) -> Any:
    record = await asking.project.create(
        request.spec,
        request.replaces,
        renew_anonymous=request.renew_anonymous,
        ports_auto=request.ports_auto,
    )
    return encode(as_container(record))


async def _replace(asking: Asking, request: requests.Replace) -> Any:
    await asking.project.supersede(request.container, request.by)


async def _prepare(asking: Asking, request: requests.Prepare) -> Any:
    container = asking.project.get(request.container)
    asking.on_close(lambda: asking.project.leave(container))
    await container.prepare(contents(request.files))


async def _start(asking: Asking, request: requests.Start) -> Any:
    container = asking.project.get(request.container)
    await container.start(contents(request.files), asking.descriptors, remove=request.remove)
    if container.terminal >= 0:
        asking.item("terminal", [container.terminal])
    return encode(as_container(container.record))


async def _stop(asking: Asking, request: requests.Stop) -> Any:
    await asking.project.get(request.container).stop(request.timeout)


async def _kill(asking: Asking, request: requests.Kill) -> Any:
    await asking.project.get(request.container).kill(request.signal)


async def _pause(asking: Asking, request: requests.Pause) -> Any:
    await asking.project.get(request.container).pause()


async def _unpause(asking: Asking, request: requests.Unpause) -> Any:
    await asking.project.get(request.container).unpause()


async def _remove(asking: Asking, request: requests.Remove) -> Any:
    await asking.project.remove(request.container, volumes=request.volumes)


async def _wait(asking: Asking, request: requests.Wait) -> Any:
    container = asking.project.get(request.container)
    await container.ended.wait()
    return container.record.exit_code


async def _execute(asking: Asking, request: requests.Execute) -> Any:
    container = asking.project.get(request.container)
    wanted = Wanted(request.argv, request.user, request.working_dir, request.environment, request.tty)
    if request.visit and not container.running:
        async with container.visited() as made:
            visitor = container.command_in(made, wanted)
            await visitor.start(asking.descriptors)
            asking.item("started", None)
            return await visitor.wait()
    command = container.command(wanted)
    await command.start(() if request.tty else asking.descriptors)
    await container.entered()
    asking.item("started", [command.terminal] if command.terminal >= 0 else None)
    return await command.wait()


async def _events(asking: Asking, _: requests.Events) -> Any:
    """The present state of every container as events, then what happens from now on."""

    def send(event: Event) -> None:
        asking.item(as_json(event))

    for container in asking.project.containers.values():
        spec = container.spec
        send(present(as_container(container.record), unchecked=not (spec.health and spec.health.active)))
    asking.project.listeners.append(send)
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        asking.project.listeners.remove(send)


async def _logs(asking: Asking, request: requests.Logs) -> Any:
    """Every line from now on of the named containers, until the last of them has ended; without names of all, without
    end."""
    project, names = asking.project, set(request.names)
    removers: list[Callable[[], None]] = []
    over = asyncio.Event()

    def listen(container: Supervised) -> None:
        def send(when: float, number: int, stream: str, text: str) -> None:
            asking.item([container.spec.service, container.spec.name, when, number, stream, text])

        container.log.listeners.append(send)
        removers.append(lambda: container.log.listeners.remove(send))

    def happened(event: Event) -> None:
        if isinstance(event, ContainerCreated) and (not names or event.container in names):
            made = project.find(event.container, by_service=False)
            if made:
                listen(made)
        elif isinstance(event, ContainerDied | ContainerStopped | ContainerRemoved):
            look()

    def look() -> None:
        followed = (c.record.state for c in project.containers.values() if c.spec.name in names)
        if names and not any(state in ("running", "restarting", "paused") for state in followed):
            over.set()

    for container in project.containers.values():
        if not names or container.spec.name in names:
            listen(container)
    asking.item("listening")
    look()
    project.listeners.append(happened)
    try:
        await over.wait()
    finally:
        project.listeners.remove(happened)
        for remove in removers:
            remove()


async def _join(asking: Asking, request: requests.Join) -> Any:
    container = asking.project.get(request.container)
    if not container.running:
        raise ShoreError(f"{container.spec.name} does not run", hint=f"start it: shore start {container.spec.service}")

    def hear(stream: str, data: bytes) -> None:
        asking.item([stream, base64.b64encode(data).decode()])

    container.log.bytes_listeners.append(hear)
    asking.item("joined", [container.stdin] if container.stdin >= 0 else None)
    try:
        await container.ended.wait()
    finally:
        container.log.bytes_listeners.remove(hear)


async def _finish(asking: Asking, _: requests.Finish) -> Any:
    """End the agent; the caller removes the project's directory when this says that nothing is left."""
    asking.finish()
    return not asking.project.containers


_METHODS: Mapping[type[Request], Callable[[Asking, Any], Awaitable[Any]]] = {
    requests.Hello: _hello,
    requests.List: _list,
    requests.CreateNetwork: _create_network,
    requests.RemoveNetwork: _remove_network,
    requests.Create: _create,
    requests.Replace: _replace,
    requests.Prepare: _prepare,
    requests.Start: _start,
    requests.Stop: _stop,
    requests.Kill: _kill,
    requests.Pause: _pause,
    requests.Unpause: _unpause,
    requests.Remove: _remove,
    requests.Wait: _wait,
    requests.Execute: _execute,
    requests.Events: _events,
    requests.Logs: _logs,
    requests.Join: _join,
    requests.Finish: _finish,
}
