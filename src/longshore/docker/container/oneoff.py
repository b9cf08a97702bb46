"""`run`: a container for one command, with our own streams, until its end; `attach`: one that runs already."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from urllib.parse import quote

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError
from longshore.docker.api.streams import join, resizes
from longshore.docker.container.create import Creator
from longshore.docker.project import networks, volumes
from longshore.engine.base import RunRequest
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import RestartPolicy
from longshore.model.stack import Stack
from longshore.state.events import ContainerCreated, Emit
from longshore.state.observed import Container

__all__ = ["attach", "run"]

NEVER = RestartPolicy("no")


async def run(api: Api, creator: Creator, stack: Stack, request: RunRequest, emit: Emit) -> int:
    """Make, attach, start, wait; the exit code (0 when detached). Interrupted, the container is stopped; with
    `remove` it goes in any case."""
    slug = secrets.token_hex(32)
    name = request.name or f"{stack.name}-{request.service.name}-run-{slug[:12]}"
    attach_stdin = request.interactive and not request.detach
    service = replace(
        request.service, tty=request.tty, stdin_open=attach_stdin or request.service.stdin_open, restart=NEVER,
        container_name=name, scale=1,
    )  # fmt: skip
    await _needed(api, stack, request)
    made = await creator.create_oneoff(
        stack, service, name, slug, aliases=request.use_aliases, attach_stdin=attach_stdin,
        auto_remove=request.detach and request.remove,
    )  # fmt: skip
    if request.detach:
        await _start(api, made, request)
        emit(ContainerCreated(service.name, name, id=made))
        return 0
    try:
        return await _attached(api, made, request, attach_stdin)
    finally:
        await asyncio.shield(_clean(api, made, remove=request.remove))


async def _needed(api: Api, stack: Stack, request: RunRequest) -> None:
    """The service's networks and volumes, where no `up` has made them yet."""
    for key in request.service.networks:
        network = stack.networks[key]
        if not network.external and await api.find(f"/networks/{quote(network.name, safe='')}") is None:
            await networks.create(api, stack, network)
    for mount in request.service.mounts:
        volume = stack.volumes.get(mount.source) if mount.type == "volume" else None
        if volume and not volume.external and await api.find(f"/volumes/{quote(volume.name, safe='')}") is None:
            await volumes.create(api, stack, volume)


async def _attached(api: Api, made: str, request: RunRequest, stdin: bool) -> int:
    """Attach before the start, so that not a byte is missed; then our streams until the end, then the exit code."""
    stream = await api.hijack(f"/containers/{made}/attach", stream=True, stdin=stdin, stdout=True, stderr=True)
    try:
        await _start(api, made, request)
        await join(stream, tty=request.tty, stdin=stdin, resize=resizes(api, f"/containers/{made}"))
        answer = await api.post(f"/containers/{made}/wait")
        return int(answer["StatusCode"])
    finally:
        await stream.close()


async def attach(api: Api, container: Container, *, stdin: bool, detach_keys: str) -> None:
    """Our streams joined to those of a container that runs, until it ends. That our input ends is not passed on: the
    container's would stay open for others, and yet the engine would close its output for us (moby,
    container/stream/attach.go)."""
    query = {"stream": True, "stdin": stdin, "stdout": True, "stderr": True, "detachKeys": detach_keys or None}
    stream = await api.hijack(f"/containers/{container.id}/attach", **query)
    try:
        resize = resizes(api, f"/containers/{container.id}")
        await join(stream, tty=container.tty, stdin=stdin, resize=resize, passes_end=False)
    finally:
        await stream.close()


async def _start(api: Api, made: str, request: RunRequest) -> None:
    try:
        await api.post(f"/containers/{made}/start")
    except ApiError as error:
        raise ShoreError(f"{request.service.name}: {error.what}", hint=error.hint) from error


async def _clean(api: Api, made: str, *, remove: bool) -> None:
    """Nothing of an interrupted run goes on in the background."""
    with contextlib.suppress(ShoreError):
        if remove:
            await api.delete(f"/containers/{made}", force=True, v=True)
        else:
            await api.post(f"/containers/{made}/stop")
