"""The native engine: services as plain processes of one agent per project. To the rest of shore it is a client of that
agent, as Docker's engine is a client of dockerd."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from longshore.engine.base import (
    CreateOptions,
    ExecRequest,
    LogOptions,
    RunRequest,
    Survey,
)
from longshore.engine.fileobjects import check_copied, content, files_inside
from longshore.model import labels
from longshore.model.codec import decode
from longshore.model.errors import ShoreError, all_in_one
from longshore.model.record import replace
from longshore.model.reference import image_name
from longshore.model.service import Service
from longshore.model.stack import Network, Stack, Volume
from longshore.native.command import terminal
from longshore.native.command.client import AgentClient, connect, connect_or_start
from longshore.native.command.images import NativeImages
from longshore.native.shared import requests
from longshore.native.shared.places import Places
from longshore.native.shared.records import (
    NetworkRecord,
    ProjectRecord,
    after_agent,
    as_container,
    load,
)
from longshore.native.shared.removal import remove_tree
from longshore.native.shared.volumes import VolumeMeta
from longshore.state.boot import boot_id
from longshore.state.events import ContainerCreated, Emit, Event, LogLine, from_json
from longshore.state.observed import Container, Observed, ObservedVolume

if TYPE_CHECKING:
    from longshore.native.shared.spec import ContainerSpec

__all__ = ["NativeEngine"]


class NativeEngine(NativeImages):
    """The Engine protocol (engine/base.py). `environ` says where things are kept; `offline`: nothing is downloaded."""

    name = "native"
    capabilities = frozenset[str]({"attach", "cache", "contents", "export", "load", "mend", "prepare", "push", "visit"})

    def __init__(self, environ: Mapping[str, str] = os.environ, *, offline: bool = False) -> None:
        super().__init__(environ, Places.of(environ), offline=offline)
        self._places.keep_private()
        self._agents: dict[str, asyncio.Task[AgentClient]] = {}

    # what is there

    async def survey(self, stack: Stack) -> Survey:
        from longshore.native.command.machine import examine
        from longshore.native.command.sources import asked_of_registries
        from longshore.native.command.survey import survey

        images = self._images_for(stack)
        if images.policy != "builtin" and not images.offline:
            await images.ask(asked_of_registries(stack))
            for service in stack.services.values():
                if (own := self._images_of(stack, service)) is not images and service.image and not service.build:
                    await own.ask([service.image])
        machine = await examine(self._places)
        return survey(stack, images, machine, lambda service: self._images_of(stack, service))

    async def preflight(
        self, stack: Stack, services: Sequence[str], observed: Observed, *, ports_auto: bool = False
    ) -> None:
        from longshore.native.command.preflight import preflight

        preflight(stack, services, observed, self._volumes, self._image_of, ports_auto=ports_auto)

    async def observe(self, project: str) -> Observed:
        agent = await self._living(project)
        if agent:
            return self._observed(decode(ProjectRecord, await agent.call(requests.List())))
        found = load(self._places.project(project).state)
        if found is None:
            return Observed(project, volumes=self._project_volumes(project))
        records = {key: after_agent(record) for key, record in found.containers.items()}
        lost = [r.spec.service for key, r in found.containers.items() if records[key].state != r.state]
        observed = self._observed(ProjectRecord(project, networks=found.networks, containers=records))
        return _with_note(observed, lost, same_boot=found.boot == boot_id())

    def _observed(self, record: ProjectRecord) -> Observed:
        return Observed(
            record.project,
            containers=tuple(as_container(found) for found in record.containers.values()),
            networks=tuple(network.as_observed() for network in record.networks.values()),
            volumes=self._project_volumes(record.project),
        )

    def _project_volumes(self, project: str) -> tuple[ObservedVolume, ...]:
        return tuple(volume for volume in self._volumes.all() if volume.project == project)

    async def projects(self) -> Mapping[str, Observed]:
        return {name: await self.observe(name) for name in self._places.projects()}

    async def volumes(self) -> tuple[ObservedVolume, ...]:
        return self._volumes.all()

    # networks and volumes

    async def create_network(self, stack: Stack, network: Network) -> None:
        agent = await self._agent_for(stack)
        await agent.call(requests.CreateNetwork(_network_record(network)))

    async def remove_network(self, project: str, name: str) -> None:
        await (await self._agent(project)).call(requests.RemoveNetwork(name))

    async def create_volume(self, stack: Stack, volume: Volume) -> None:
        options = {key: str(value) for key, value in volume.driver_opts.items()}
        meta = VolumeMeta(
            volume.name, volume.key, stack.name, labels=volume.labels, driver=volume.driver, options=options
        )
        self._volumes.create(meta)

    async def remove_volume(self, name: str) -> None:
        await asyncio.to_thread(self._volumes.remove, name)

    # containers

    async def create(
        self, stack: Stack, service: Service, number: int, replaces: str, options: CreateOptions
    ) -> Container:
        spec = self._spec(stack, service, number)
        agent = await self._agent_for(stack)
        await self._external_networks(stack, service, agent)
        wanted = requests.Create(spec, replaces, renew_anonymous=options.renew_anonymous, ports_auto=options.ports_auto)
        return decode(Container, await agent.call(wanted))

    async def _external_networks(self, stack: Stack, service: Service, agent: AgentClient) -> None:
        """The plan makes no external network; here one is the project's own (the survey says so)."""
        for use in service.networks.values():
            network = stack.networks.get(use.network)
            if network and network.external:
                await agent.call(requests.CreateNetwork(_network_record(network)))

    def _spec(self, stack: Stack, service: Service, number: int = 1, name: str = "") -> ContainerSpec:
        from longshore.native.command.refusals import refusals
        from longshore.native.command.translate import translate
        from longshore.native.command.usage import remember

        remember(self._places)
        image = self._image_of(stack, service)
        if image is None:
            raise ShoreError(
                f"{service.name}: its image {image_name(stack.name, service)} is not here",
                hint="shore build makes it" if service.build else "shore pull fetches it",
                place=service.place("image"),
            )
        if wrong := tuple(refusals(service, image.config)):
            raise all_in_one(wrong)
        self._images.touch(image)
        generation = os.urandom(4).hex()
        return translate(stack, service, image, number=number, generation=generation, name=name)

    async def replace(self, old: Container, new: Container) -> None:
        agent = await self._agent(_project(old))
        await agent.call(requests.Replace(old.id, new.id))

    async def prepare(self, stack: Stack, container: Container) -> None:
        await self._with_files(requests.Prepare, stack, container)

    async def start(self, stack: Stack, container: Container) -> None:
        await self._with_files(requests.Start, stack, container)

    async def _with_files(
        self, kind: type[requests.Prepare | requests.Start], stack: Stack, container: Container
    ) -> None:
        service = stack.services.get(container.service) or stack.disabled.get(container.service)
        files = _contents(stack, service) if service else {}
        agent = await self._agent(stack.name)
        with self._doubted():
            await agent.call(kind(container.id, files))

    async def stop(self, container: Container, timeout: float | None = None) -> None:
        agent = await self._living(_project(container))
        if agent:
            await agent.call(requests.Stop(container.id, timeout))

    async def kill(self, container: Container, signal: str) -> None:
        agent = await self._agent(_project(container))
        await agent.call(requests.Kill(container.id, signal))

    async def pause(self, container: Container) -> None:
        await (await self._agent(_project(container))).call(requests.Pause(container.id))

    async def unpause(self, container: Container) -> None:
        await (await self._agent(_project(container))).call(requests.Unpause(container.id))

    async def remove(self, container: Container, *, volumes: bool = False) -> None:
        agent = await self._agent(_project(container))
        await agent.call(requests.Remove(container.id, volumes=volumes))

    async def events(self, project: str) -> AsyncIterator[Event]:
        agent = await self._agent(project)
        async for item in agent.stream(requests.Events()):
            yield from_json(item)

    async def logs(self, project: str, containers: Sequence[Container], options: LogOptions) -> AsyncIterator[LogLine]:
        from longshore.native.command.logs import read_logs

        agent = await self._living(project) if options.follow else None
        async for line in read_logs(self._places.project(project).logs, containers, options, agent):
            yield line

    async def execute(self, container: Container, request: ExecRequest) -> int:
        agent = await self._agent(_project(container))
        wanted = requests.Execute(
            container.id, tuple(request.argv), request.user, request.working_dir, request.environment, request.tty,
            request.visit,
        )  # fmt: skip
        return int(await terminal.attached(agent, wanted, tty=request.tty))

    async def export(self, container: Container, file: IO[bytes]) -> None:
        from longshore.native.command.export import export

        project = _project(container)
        agent = await self._living(project)
        record = decode(ProjectRecord, await agent.call(requests.List())) if agent else None
        record = record or load(self._places.project(project).state)
        found = record.containers.get(container.id) if record else None
        if found is None:
            raise ShoreError(f"{container.name} is gone", hint="look again: shore ps -a")
        directory = self._places.project(project).container(container.id)
        await asyncio.to_thread(export, found.spec, directory, file)

    async def run(self, stack: Stack, request: RunRequest, emit: Emit) -> int:
        """Raises ShoreError when it cannot start."""
        service = request.service
        name = request.name or f"{stack.name}-{service.name}-run-{os.urandom(6).hex()}"
        if not service.build and self._image_of(stack, service) is None:
            await self.pull(stack, service, emit, offline=self._offline)
        spec = _answering(self._spec(stack, replace(service, tty=request.tty), 1, name), request)
        agent = await self._agent_for(stack)
        for network in stack.networks.values():
            if network.key in service.networks:
                await agent.call(requests.CreateNetwork(_network_record(network)))
        used = {mount.source for mount in spec.mounts if mount.type == "volume"}
        for volume in stack.volumes.values():
            if volume.name in used and not volume.external:
                await self.create_volume(stack, volume)
        made = decode(Container, await agent.call(requests.Create(spec)))
        files = _contents(stack, service)
        if request.detach:
            await agent.call(requests.Start(made.id, files, remove=request.remove))
            emit(ContainerCreated(service.name, made.name, id=made.id))
            return 0
        try:
            begins, reads = requests.Start(made.id, files), request.interactive
            await terminal.attached(agent, begins, tty=request.tty, ends_later=made.id, stdin=reads)
            return int(await agent.call(requests.Wait(made.id)))
        finally:
            with suppress(ShoreError):
                await agent.call(requests.Stop(made.id))
                if request.remove:
                    await agent.call(requests.Remove(made.id, volumes=True))

    # the agent

    async def _agent_for(self, stack: Stack) -> AgentClient:
        from longshore.native.command.several import several_in

        if several_in((*stack.services.values(), *stack.disabled.values())):
            self._several.add(stack.name)
        return await self._agent(stack.name)

    def _is_several(self, project: str) -> bool:
        """Whether containers of the project have many ids, or are about to."""
        found = None if project in self._several else load(self._places.project(project).state)
        return project in self._several or bool(
            found and any(record.spec.ids == "many" for record in found.containers.values())
        )

    async def _agent(self, project: str) -> AgentClient:
        """The project's agent, started when there is none; one connection serves the whole command."""
        task = self._agents.get(project)
        if task is None or (task.done() and (task.cancelled() or task.exception() or task.result().gone.is_set())):
            task = asyncio.ensure_future(self._connected(project))
            self._agents[project] = task
        with self._doubted():
            return await asyncio.shield(task)

    async def _connected(self, project: str) -> AgentClient:
        places = self._places.project(project)
        return await connect_or_start(places, self._environ, lambda: self._is_several(project))

    @contextmanager
    def _doubted(self) -> Iterator[None]:
        """What fails in here may do so because the machine is not what it was."""
        try:
            yield
        except ShoreError:
            from longshore.native.command.machine import forget

            forget(self._places)
            raise

    async def _living(self, project: str) -> AgentClient | None:
        """The project's agent if one lives."""
        if project in self._agents:
            return await self._agent(project)
        found = await connect(self._places.project(project))
        if found:
            self._agents[project] = asyncio.get_running_loop().create_task(_itself(found))
        return found

    async def attach(self, container: Container, *, stdin: bool, detach_keys: str) -> None:
        from longshore.native.command.joining import attach

        agent = await self._living(_project(container))
        if agent is None:
            raise ShoreError(f"{container.name} does not run", hint=f"start it: shore start {container.service}")
        await attach(agent, container.id, tty=container.tty, stdin=stdin, detach_keys=detach_keys)

    async def finish(self, project: str) -> None:
        """End the agent; with no container left, everything of the project but its volumes goes."""
        places = self._places.project(project)
        agent = await self._living(project)
        if agent:
            await agent.finish()
            self._agents.pop(project, None)
        record = load(places.state)
        if (record is None or not record.containers) and places.directory.exists():
            await asyncio.to_thread(remove_tree, places.directory)

    async def close(self) -> None:
        await self._close_images()
        for task in self._agents.values():
            if task.done() and not task.cancelled() and not task.exception():
                task.result().close()
            else:
                task.cancel()


async def _itself(agent: AgentClient) -> AgentClient:
    return agent


def _project(container: Container) -> str:
    return container.labels[labels.PROJECT]


def _network_record(network: Network) -> NetworkRecord:
    from longshore.state.fingerprint import FINGERPRINT_LABEL, fingerprint

    pool = next((entry for entry in network.ipam if entry.subnet and ":" not in entry.subnet), None)
    return NetworkRecord(
        name=network.name,
        key=network.key,
        subnet=pool.subnet if pool else "",
        gateway=pool.gateway if pool else "",
        pool=pool.ip_range if pool else "",
        internal=network.internal,
        config_hash=network.config_hash,
        labels={**network.labels, FINGERPRINT_LABEL: fingerprint(network)},
        taken=tuple(pool.aux_addresses.values()) if pool else (),
    )


def _contents(stack: Stack, service: Service) -> dict[str, str]:
    """What is copied in of a service's secrets and configs and is in no file, in base64, by "secret:key" or
    "config:key"."""
    copied = [found for found in files_inside(stack, service) if not found.is_mounted]
    for found in copied:
        check_copied(service, found)
    return requests.in_base64({found.key: content(stack, found) for found in copied if not found.object.file})


def _answering(spec: ContainerSpec, request: RunRequest) -> ContainerSpec:
    """A one-off has its service's names on its networks only where that is asked."""
    names = (request.service.name,) if request.use_aliases else ()
    networks = (replace(use, aliases=(*use.aliases, *names) if request.use_aliases else ()) for use in spec.networks)
    return replace(spec, networks=tuple(networks))


def _with_note(observed: Observed, lost: list[str], *, same_boot: bool) -> Observed:
    """Say what became of services whose agent is gone."""
    if not lost:
        return observed
    why = "the agent was killed" if same_boot else "the machine was restarted"
    count = f"{len(lost)} service{'s' if len(lost) > 1 else ''} stopped with it"
    return replace(observed, notes=(f"{why}; {count}: {', '.join(sorted(set(lost)))}",))
