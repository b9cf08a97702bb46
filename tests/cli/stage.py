"""A whole engine in memory for the command line's tests: containers with states, scripted starts, logs, events."""

from __future__ import annotations

import asyncio
import os
import tarfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from longshore.engine.base import (
    BuildOptions,
    CreateOptions,
    ExecRequest,
    ImageInfo,
    LogOptions,
    RunRequest,
    Survey,
)
from longshore.model.errors import ShoreError
from longshore.model.names import container_name
from longshore.model.record import record, replace
from longshore.model.service import Service
from longshore.model.stack import Network, Stack, Volume
from longshore.state.events import (
    BuildFinished,
    BuildOutput,
    BuildStep,
    ContainerCreated,
    ContainerDied,
    ContainerHealth,
    ContainerRemoved,
    ContainerStarted,
    ContainerStopped,
    Emit,
    Event,
    ImageFetching,
    LogLine,
    present,
)
from longshore.state.fingerprint import FINGERPRINT_LABEL, fingerprint
from longshore.state.observed import Container, Health, Observed, ObservedNetwork, ObservedVolume, Published

T = TypeVar("T")


@record
class Act:
    """What a service does once it is started: what it writes, when it is healthy or ends (seconds after start)."""

    healthy: float | None = None
    unhealthy: float | None = None
    ends: float | None = None
    exit_code: int = 0
    lines: tuple[str, ...] = ()
    deaf: bool = False
    """Does not end on the stop signal."""


@dataclass
class StageEngine:
    """Everything in memory; `acts` gives what services do; `calls` what was asked, in order."""

    acts: Mapping[str, Act] = field(default_factory=dict)
    project: str = "demo"
    images: dict[str, ImageInfo] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    survey_answer: Survey = field(default_factory=lambda: Survey("native"))
    taken: ShoreError | None = None
    name: str = "native"
    capabilities: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    calls: list[str] = field(default_factory=list)
    containers: dict[str, Container] = field(default_factory=dict)
    networks: dict[str, ObservedNetwork] = field(default_factory=dict)
    kept: dict[str, ObservedVolume] = field(default_factory=dict)
    written: list[LogLine] = field(default_factory=list)
    clock: float = field(default_factory=time.time)
    closed: int = 0
    looks: int = 0
    ran: RunRequest = field(init=False, repr=False)
    received: list[list[str]] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)
    """Every record of options that a call came with, in order."""
    grace: list[float | None] = field(default_factory=list)
    with_volumes: list[bool] = field(default_factory=list)
    offline: list[bool] = field(default_factory=list)
    """By call of `stop`, `remove` and `pull`."""
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _readers: list[asyncio.Queue[Event]] = field(default_factory=list)
    _log_readers: list[asyncio.Queue[LogLine | None]] = field(default_factory=list)
    _lives: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    # what is there

    async def survey(self, stack: Stack) -> Survey:
        return self.survey_answer

    async def preflight(
        self, stack: Stack, services: Sequence[str], observed: Observed, *, ports_auto: bool = False
    ) -> None:
        self.calls.append(f"preflight {','.join(services)}")
        if self.taken and not ports_auto:
            raise self.taken

    async def observe(self, project: str) -> Observed:
        self.looks += 1
        if project != self.project:
            return Observed(project)
        self._live_on()
        return Observed(
            project,
            tuple(self.containers.values()),
            tuple(self.networks.values()),
            tuple(self.kept.values()),
            self.notes,
        )

    async def projects(self) -> Mapping[str, Observed]:
        return {self.project: await self.observe(self.project)} if self.containers else {}

    async def find_image(self, stack: Stack, service: Service) -> ImageInfo | None:
        return None if service.name in self.missing else ImageInfo(service.image, f"id of {service.image}")

    async def pull(self, stack: Stack, service: Service, emit: Emit, *, offline: bool = False) -> ImageInfo:
        self.calls.append(f"pull {service.image}")
        self.offline.append(offline)
        emit(ImageFetching(service.name, what=service.image, done=1 << 20, total=4 << 20))
        self.missing.discard(service.name)
        return ImageInfo(service.image, "id")

    async def build(self, stack: Stack, service: Service, options: BuildOptions, emit: Emit) -> ImageInfo:
        self.calls.append(f"build {service.name}")
        self.asked.append(options)
        emit(BuildStep(service.name, number=1, total=2, instruction="FROM x", cached=True))
        emit(BuildStep(service.name, number=2, total=2, instruction="RUN make"))
        emit(BuildOutput(service.name, line="made"))
        emit(BuildFinished(service.name, seconds=2.1, changed="requirements.txt changed"))
        self.missing.discard(service.name)
        return ImageInfo(service.image, "id")

    async def remove_image(self, reference: str, *, steps: bool = True) -> bool:
        self.calls.append(f"remove image {reference}")
        return reference not in self.held

    # networks and volumes

    async def create_network(self, stack: Stack, network: Network) -> None:
        self.calls.append(f"create network {network.name}")
        self.networks[network.name] = ObservedNetwork(network.name, network.key, network.config_hash)

    async def remove_network(self, project: str, name: str) -> None:
        self.calls.append(f"remove network {name}")
        self.networks.pop(name, None)

    async def create_volume(self, stack: Stack, volume: Volume) -> None:
        self.calls.append(f"create volume {volume.name}")
        self.kept[volume.name] = ObservedVolume(
            volume.name, volume.key, stack.name, driver=volume.driver, options=volume.driver_opts
        )

    async def remove_volume(self, name: str) -> None:
        self.calls.append(f"remove volume {name}")
        self.kept.pop(name, None)

    async def volumes(self) -> tuple[ObservedVolume, ...]:
        return tuple(self.kept.values())

    # containers

    async def create(
        self, stack: Stack, service: Service, number: int, replaces: str, options: CreateOptions
    ) -> Container:
        name = container_name(stack.name, service, number)
        self.calls.append(f"create {name}")
        self.asked.append(options)
        made = Container(
            id=f"{name}#{len(self.calls)}", name=name, service=service.name, number=number, image=service.image,
            created=self.clock,
            image_id=f"id of {service.image}", config_hash=service.config_hash,
            labels={FINGERPRINT_LABEL: fingerprint(service)}, networks={f"{stack.name}_default": "10.0.0.2"},
            command=" ".join(service.command or ()),
            volumes=tuple(stack.volumes[m.source].name for m in service.mounts if m.source in stack.volumes),
        )  # fmt: skip
        if not replaces:
            self.containers[name] = made
        self.tell(ContainerCreated(), made)
        return made

    async def replace(self, old: Container, new: Container) -> None:
        self.calls.append(f"replace {new.name}")
        self.containers[new.name] = new

    async def start(self, stack: Stack, container: Container) -> None:
        self.calls.append(f"start {container.name}")
        service = stack.services.get(container.service) or Service(container.service)
        act = self.acts.get(container.service, Act())
        checked = act.healthy is not None or act.unhealthy is not None
        ports = tuple(
            Published(p.host_ip or "0.0.0.0", int(p.published or 0), p.target, p.protocol) for p in service.ports
        )
        self._change(
            container.name, state="running", health="starting" if checked else "", started=self.clock, ports=ports,
            runs=service.annotations.get("runs", ""),
        )  # fmt: skip
        health: Health = "starting" if checked else ""
        runs = service.annotations.get("runs", "")
        self.tell(ContainerStarted(runs=runs, health=health, ports=ports), container)
        self._lives[container.name] = asyncio.create_task(self._live(container, act))

    async def _live(self, container: Container, act: Act) -> None:
        for text in act.lines:
            self.write(container, text)
        if act.healthy is not None:
            await asyncio.sleep(act.healthy)
            self._change(container.name, health="healthy")
            self.tell(ContainerHealth(status="healthy", output="ok"), container)
        if act.unhealthy is not None:
            await asyncio.sleep(act.unhealthy)
            self._change(container.name, health="unhealthy")
            self.tell(ContainerHealth(status="unhealthy", output="connection refused", exit_code=1), container)
        if act.ends is not None:
            await asyncio.sleep(act.ends)
            self._change(container.name, state="exited", health="", exit_code=act.exit_code, finished=self.clock)
            self.tell(ContainerDied(exit_code=act.exit_code, seconds=act.ends), container)

    def _live_on(self) -> None:
        """Services outlive the command that started them: what they still do goes on under this command's loop."""
        for name, container in self.containers.items():
            act = self.acts.get(container.service, Act())
            if container.state == "running" and act.ends is not None and name not in self._lives:
                self._lives[name] = asyncio.create_task(self._live(container, replace(act, lines=(), healthy=None)))

    async def stop(self, container: Container, timeout: float | None = None) -> None:
        self.calls.append(f"stop {container.name}")
        self.grace.append(timeout)
        if self.acts.get(container.service, Act()).deaf:
            await self._gone.wait()
        else:
            self._end(container, 143)

    async def kill(self, container: Container, signal: str) -> None:
        self.calls.append(f"kill {container.name} {signal}")
        self._end(container, 137)
        self._gone.set()

    def _end(self, container: Container, code: int) -> None:
        life = self._lives.pop(container.name, None)
        if life:
            life.cancel()
        self._change(container.name, state="exited", health="", exit_code=code, finished=self.clock)
        self.tell(ContainerStopped(exit_code=code), container)

    async def pause(self, container: Container) -> None:
        self._change(container.name, state="paused")

    async def unpause(self, container: Container) -> None:
        self._change(container.name, state="running")

    async def remove(self, container: Container, *, volumes: bool = False) -> None:
        self.calls.append(f"remove {container.name}")
        self.with_volumes.append(volumes)
        self.containers.pop(container.name, None)
        self.tell(ContainerRemoved(), container)

    # streams

    async def events(self, project: str) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        for container in self.containers.values():
            queue.put_nowait(present(container, unchecked=False))
        self._readers.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            if queue in self._readers:
                self._readers.remove(queue)

    async def logs(self, project: str, containers: Sequence[Container], options: LogOptions) -> AsyncIterator[LogLine]:
        self.asked.append(options)
        names = {c.name for c in containers}
        for name in sorted(names):
            kept = [line for line in self.written if line.container == name]
            kept = [line for line in kept if options.since is None or line.time >= options.since]
            for line in kept if options.tail is None else kept[len(kept) - options.tail :]:
                yield line
        if not options.follow:
            return
        queue: asyncio.Queue[LogLine | None] = asyncio.Queue()
        self._log_readers.append(queue)
        while any(self.containers[n].state == "running" for n in names if n in self.containers):
            line = await queue.get()
            if line is not None and line.container in names:
                yield line

    async def execute(self, container: Container, request: ExecRequest) -> int:
        self.asked.append(request)
        self.calls.append(f"exec {container.name} {' '.join(request.argv)} tty={request.tty}")
        if request.argv[0] == "tar":
            with os.fdopen(os.dup(0), "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
                self.received.append(archive.getnames())
        return 7 if request.argv[:1] == ("false",) else 0

    async def run(self, stack: Stack, request: RunRequest, emit: Emit) -> int:
        self.ran, self.ran_in = request, stack
        self.calls.append(f"run {request.service.name} {' '.join(request.service.command or ())}")
        if request.detach:
            emit(ContainerCreated(request.service.name, request.name, id="id of the one-off"))
        return 5 if request.service.command == ("false",) else 0

    async def finish(self, project: str) -> None:
        self.calls.append(f"finish {project}")

    async def close(self) -> None:
        self.closed += 1
        for life in self._lives.values():
            life.cancel()
        self._lives.clear()
        self._readers.clear()
        self._log_readers.clear()

    # what tests do

    def forget(self) -> None:
        """What was asked so far."""
        for kept in (self.calls, self.asked, self.grace, self.with_volumes, self.offline):
            kept.clear()

    def asked_for(self, kind: type[T]) -> list[T]:
        """The options of that kind that it was given."""
        return [one for one in self.asked if isinstance(one, kind)]

    def write(self, container: Container, text: str) -> None:
        line = LogLine(container.service, container.name, text, time.time())
        self.written.append(line)
        for queue in self._log_readers:
            queue.put_nowait(line)

    def tell(self, event: Event, container: Container) -> None:
        for queue in self._readers:
            queue.put_nowait(replace(event, service=container.service, container=container.name))
        if isinstance(event, ContainerDied | ContainerStopped):
            for log in self._log_readers:
                log.put_nowait(None)

    def _change(self, name: str, **fields: Any) -> None:
        if name in self.containers:
            self.containers[name] = replace(self.containers[name], **fields)
