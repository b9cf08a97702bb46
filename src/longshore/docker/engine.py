"""The Docker engine: the protocol of engine/base.py over the Engine API. Each part has its own module."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from longshore.docker.api.calls import Api
from longshore.docker.api.connection import resolve
from longshore.docker.api.errors import ApiError
from longshore.docker.project import labels, networks, observe, volumes
from longshore.docker.seenhealthy import Seen
from longshore.engine.base import (
    BuildOptions,
    CreateOptions,
    ExecRequest,
    ImageInfo,
    LogOptions,
    RunRequest,
    Survey,
)  # fmt: skip
from longshore.engine.capabilities import Committing
from longshore.engine.uninterrupted import whole
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import Hook, Service
from longshore.model.stack import Network, Stack, Volume
from longshore.state.events import Emit, Event, LogLine
from longshore.state.observed import Container, Observed, ObservedVolume

if TYPE_CHECKING:
    from longshore.docker.container.starting import Starter
    from longshore.docker.image.build import Client
    from longshore.engine.capabilities import Contents

__all__ = ["DockerEngine"]


class DockerEngine:
    """Docker, or Podman's compatible socket. `environ` is the command's: DOCKER_HOST, DOCKER_CONTEXT, PATH. The engine
    goes on making what was asked for when we stop listening: who breaks off hears of it when it is there to be seen."""

    name = "docker"
    capabilities = frozenset[str]({"archives", "attach", "commit", "contents", "export", "hands on", "push"})

    def __init__(self, environ: Mapping[str, str], *, offline: bool = False) -> None:
        del offline  # the engine fetches, and is told by each call
        self._environ = environ
        self._opened: Api | None = None
        self._starter: Starter | None = None
        self._builder: Client | None = None

    @property
    def _api(self) -> Api:
        if self._opened is None:
            self._opened = Api(resolve(self._environ))
        return self._opened

    async def survey(self, stack: Stack) -> Survey:
        from longshore.docker.survey import survey

        try:
            version = await self._api.version()
        except ShoreError as error:
            return Survey(self.name, blocked=error)
        return survey(stack, version)

    async def preflight(
        self, stack: Stack, services: Sequence[str], observed: Observed, *, ports_auto: bool = False
    ) -> None:
        from longshore.docker.preflight import preflight

        del observed  # ports are held by containers of other projects too
        await preflight(self._api, stack, services, ports_auto=ports_auto)

    async def observe(self, project: str) -> Observed:
        return (await self._observe(project)).get(project, Observed(project))

    async def projects(self) -> Mapping[str, Observed]:
        return await self._observe()

    async def _observe(self, project: str = "") -> dict[str, Observed]:
        """Everything of one project, or of each. Containers are inspected side by side: their list alone knows neither
        exact times nor exit codes."""
        await self._api.version()
        marks = labels.of_project(project)
        summaries, found_networks, found_volumes = await asyncio.gather(
            self._api.get("/containers/json", all=True, filters={"label": marks}),
            self._api.get("/networks", filters={"label": marks[:1]}),
            volumes.find_all(self._api, project),
        )
        inspected = await asyncio.gather(*(self._api.find(f"/containers/{s['Id']}/json") for s in summaries))
        return self._by_project([i for i in inspected if i is not None], found_networks, found_volumes)

    def _by_project(
        self, inspected: Sequence[Any], found_networks: Sequence[Any], found_volumes: Sequence[ObservedVolume]
    ) -> dict[str, Observed]:
        containers = [observe.container(i) for i in inspected]
        seen_networks = [observe.network(n) for n in found_networks]
        names = {c.labels.get(labels.PROJECT, "") for c in containers}
        names |= {n.labels.get(labels.PROJECT, "") for n in seen_networks}
        names |= {v.project for v in found_volumes if v.project}
        return {
            name: Observed(
                name,
                self._with_seen(name, [c for c in containers if c.labels.get(labels.PROJECT) == name]),
                tuple(n for n in seen_networks if n.labels.get(labels.PROJECT) == name),
                tuple(v for v in found_volumes if v.project == name),
            )
            for name in sorted(names)
        }

    def _with_seen(self, project: str, containers: Sequence[Container]) -> tuple[Container, ...]:
        """What our own probes saw healthy stays so until the engine's own first result."""
        if not any(c.health == "starting" for c in containers):
            return tuple(containers)
        seen = Seen(self._environ, project).read()
        return tuple(
            replace(c, health="healthy", seen_by="shore")
            if c.health == "starting" and seen.get(c.id) == c.started
            else c
            for c in containers
        )

    async def find_image(self, stack: Stack, service: Service) -> ImageInfo | None:
        from longshore.docker.image import presence as images

        return await images.find(self._api, stack.name, service)

    async def contents(self, stack: Stack, service: Service, base: str, folder: str) -> Contents:
        """What the image of a service is made of."""
        from longshore.docker.image.contents import contents
        from longshore.model.reference import image_name

        return await contents(self._api, image_name(stack.name, service), base, folder)

    async def pull(self, stack: Stack, service: Service, emit: Emit, *, offline: bool = False) -> ImageInfo:
        from longshore.docker.image import presence as images

        if offline:
            raise ShoreError(
                f"{service.name}: the image {service.image} is not here, and --offline forbids fetching it",
                place=service.place("image"),
            )
        return await images.pull(self._api, stack.name, service, emit, self._environ)

    async def push(self, stack: Stack, service: Service, emit: Emit) -> None:
        """Send a service's image to its registry."""
        from longshore.docker.image import presence as images
        from longshore.model.reference import image_name

        await images.push(self._api, service, image_name(stack.name, service), emit, self._environ)

    async def build(self, stack: Stack, service: Service, options: BuildOptions, emit: Emit) -> ImageInfo:
        from longshore.docker.image import build

        await self._api.version()
        if self._builder is None:
            self._builder = await build.find_client(self._environ, podman=await self._api.is_podman())
        host = self._api.endpoint.url
        await build.build(stack, service, options, emit, self._builder, host=host, environ=self._environ)
        found = await self.find_image(stack, service)
        if found is None:
            raise ShoreError(f"{service.name}: the image is built, but the engine does not have it")
        return found

    async def remove_image(self, reference: str, *, steps: bool = True) -> bool:
        from longshore.docker.image import presence as images

        del steps  # its builder has a cache of its own, which does not go with images
        return await images.remove(self._api, reference)

    async def create_network(self, stack: Stack, network: Network) -> None:
        await whole(networks.create(self._api, stack, network))

    async def remove_network(self, project: str, name: str) -> None:
        await networks.remove(self._api, name)

    async def create_volume(self, stack: Stack, volume: Volume) -> None:
        await whole(volumes.create(self._api, stack, volume))

    async def remove_volume(self, name: str) -> None:
        await volumes.remove(self._api, name)

    async def volumes(self) -> tuple[ObservedVolume, ...]:
        return await volumes.find_all(self._api)

    async def create(
        self, stack: Stack, service: Service, number: int, replaces: str, options: CreateOptions
    ) -> Container:
        from longshore.docker.container.create import Creator

        return await whole(Creator(self._api, self._environ).create(stack, service, number, replaces, options))

    async def replace(self, old: Container, new: Container) -> None:
        from longshore.docker.container.create import take_place

        await take_place(self._api, old.id, new.id, new.name)

    async def start(self, stack: Stack, container: Container) -> None:
        from longshore.docker.container.create import Creator
        from longshore.docker.container.starting import Starter

        if self._starter is None:
            self._starter = Starter(self._api, Creator(self._api, self._environ))
        await self._starter.start(stack, container)

    async def stop(self, container: Container, timeout: float | None = None) -> None:
        from longshore.docker.container.execs import run_hooks

        hooks = _pre_stop(container)
        if hooks and container.state == "running":
            await run_hooks(self._api, container, hooks, "pre_stop")
        seconds = None if timeout is None else int(timeout)
        await self._unless_gone(self._api.post(f"/containers/{container.id}/stop", t=seconds))

    async def kill(self, container: Container, signal: str) -> None:
        await self._unless_gone(self._api.post(f"/containers/{container.id}/kill", signal=signal))

    async def pause(self, container: Container) -> None:
        await self._unless_gone(self._api.post(f"/containers/{container.id}/pause"))

    async def unpause(self, container: Container) -> None:
        await self._unless_gone(self._api.post(f"/containers/{container.id}/unpause"))

    async def remove(self, container: Container, *, volumes: bool = False) -> None:
        await self._unless_gone(self._api.delete(f"/containers/{container.id}", force=True, v=volumes))

    async def _unless_gone(self, call: Any) -> None:
        """What is stopped or removed already, by whomever, is as wanted."""
        try:
            await call
        except ApiError as error:
            already = error.status == 409 and ("is not running" in error.what or "already in progress" in error.what)
            if error.status not in (304, 404) and not already:
                raise

    def events(self, project: str) -> AsyncIterator[Event]:
        from longshore.docker.events import EventStream

        return EventStream(self._api, project, Seen(self._environ, project)).__aiter__()

    def logs(self, project: str, containers: Sequence[Container], options: LogOptions) -> AsyncIterator[LogLine]:
        from longshore.docker.logs import logs

        return logs(self._api, containers, options)

    async def execute(self, container: Container, request: ExecRequest) -> int:
        from longshore.docker.container.execs import execute

        return await execute(self._api, container, request)

    async def kind(self, container: Container, path: str) -> str:
        from longshore.docker.container import archives

        return await archives.kind(self._api, container, path)

    async def led_to(self, container: Container, path: str) -> str:
        from longshore.docker.container import archives

        return await archives.led_to(self._api, container, path)

    async def pack(self, container: Container, path: str, file: IO[bytes], *, follow: bool) -> None:
        from longshore.docker.container import archives

        await archives.pack(self._api, container, path, file, follow=follow)

    async def unpack(self, container: Container, folder: str, file: IO[bytes], *, top: str, owners: bool) -> None:
        from longshore.docker.container import archives

        del top  # the engine looks itself
        await archives.unpack(self._api, container, folder, file, owners=owners)

    async def export(self, container: Container, file: IO[bytes]) -> None:
        from longshore.docker.container import archives

        await archives.export(self._api, container, file)

    async def commit(self, container: Container, asked: Committing) -> str:
        from longshore.docker.image.presence import split_reference

        name, tag = split_reference(asked.reference) if asked.reference else ("", "")
        found = await self._api.post(
            "/commit", {},
            container=container.id, repo=name, tag=tag, comment=asked.message, author=asked.author,
            changes=asked.changes, pause=asked.pause,
        )  # fmt: skip
        return str(found["Id"])

    async def attach(self, container: Container, *, stdin: bool, detach_keys: str) -> None:
        from longshore.docker.container.oneoff import attach

        await attach(self._api, container, stdin=stdin, detach_keys=detach_keys)

    async def run(self, stack: Stack, request: RunRequest, emit: Emit) -> int:
        from longshore.docker.container.create import Creator
        from longshore.docker.container.oneoff import run

        return await run(self._api, Creator(self._api, self._environ), stack, request, emit)

    async def finish(self, project: str) -> None:
        Seen(self._environ, project).forget()

    async def close(self) -> None:
        self._opened = None


def _pre_stop(container: Container) -> tuple[Hook, ...]:
    """The hooks that the container's own label holds."""
    text = container.labels.get(labels.PRE_STOP, "")
    return tuple(Hook(**{**hook, "command": tuple(hook["command"])}) for hook in json.loads(text)) if text else ()
