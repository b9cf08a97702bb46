"""The protocol that every engine speaks. Only an engine starts things; it decides nothing that the plan can decide."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Literal, Protocol

from longshore.model.errors import Place, ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY, Service
from longshore.model.stack import Network, Stack, Volume
from longshore.state.events import Emit, Event, LogLine
from longshore.state.observed import Container, Observed, ObservedVolume

__all__ = [
    "BuildOptions", "CreateOptions", "Engine", "ExecRequest", "ImageInfo", "LogOptions",
    "RunRequest", "Survey", "SurveyLine",
]  # fmt: skip


@record
class SurveyLine:
    """What the engine would do with one attribute or image of one service. `level`: "exact" as written; "deviates"
    runs, but not exactly as written (named, refused by --strict); "refused" cannot run. `todo` says what to do."""

    service: str
    subject: str
    level: Literal["exact", "deviates", "refused"]
    text: str
    todo: str = ""
    place: Place | None = None


@record
class Survey:
    """What an engine says of a whole stack before anything starts: one line per service for its image (what would
    run), and one per attribute that deviates or is refused; `blocked` when the engine cannot run here at all."""

    engine: str
    lines: tuple[SurveyLine, ...] = ()
    blocked: ShoreError | None = None
    road: str = ""
    """How it would run them here, in words: its version, or what of the machine it makes use of."""

    @property
    def refused(self) -> tuple[SurveyLine, ...]:
        return tuple(line for line in self.lines if line.level == "refused")

    @property
    def deviations(self) -> tuple[SurveyLine, ...]:
        return tuple(line for line in self.lines if line.level == "deviates")

    @property
    def images(self) -> tuple[SurveyLine, ...]:
        """What would run for the images of services, where that is exactly what they name."""
        return tuple(line for line in self.lines if line.level == "exact" and line.subject in ("image", "build"))

    @property
    def exact(self) -> bool:
        return self.blocked is None and not self.refused and not self.deviations


@record
class ImageInfo:
    """An image that is present on the engine. `id` changes when its content does; `environment` is what it sets;
    `tagged` when its name was last given to it, by a pull or a build."""

    reference: str
    id: str
    runs: str = ""
    created: float = 0.0
    size: int = 0
    environment: Mapping[str, str] = EMPTY
    tagged: float = 0.0


@record
class BuildOptions:
    """`args` are --build-arg (None: the environment's value); `no_cache` redoes every step; `pull` looks for a newer
    base. `builder`, `provenance` and `sbom` are for an engine that hands a build on (engine/capabilities.py). `once`:
    nothing is noted about this place, where nobody will build again."""

    args: Mapping[str, str | None] = EMPTY
    no_cache: bool = False
    pull: bool = False
    offline: bool = False
    builder: str = ""
    provenance: str = ""
    sbom: str = ""
    once: bool = False


@record
class CreateOptions:
    """`renew_anonymous` (-V): anonymous volumes start afresh instead of coming over from the replaced container.
    `ports_auto`: a published port that is taken or not allowed is replaced by a free one."""

    renew_anonymous: bool = False
    ports_auto: bool = False


@record
class LogOptions:
    """`tail` lines per container (None: all); `since` and `until` seconds since the epoch."""

    follow: bool = False
    tail: int | None = None
    since: float | None = None
    until: float | None = None


@record
class ExecRequest:
    """A command in a running container with this process's own stdin, stdout and stderr. `tty` gives it a terminal.
    A variable of `environment` that is None is taken away from what the service has.
    `visit`: it may not run, and the command is to see what its next start would see; for an engine that can do it."""

    argv: tuple[str, ...]
    user: str = ""
    working_dir: str = ""
    environment: Mapping[str, str | None] = EMPTY
    tty: bool = False
    detach: bool = False
    privileged: bool = False
    visit: bool = False


@record
class RunRequest:
    """`shore run`: a one-off container of `service` (already changed by the command line's overrides: command,
    entrypoint, environment, user, working_dir, mounts, ports) with this process's own standard streams."""

    service: Service
    name: str = ""
    tty: bool = False
    interactive: bool = True
    detach: bool = False
    remove: bool = False
    use_aliases: bool = False


class Engine(Protocol):
    """One engine, for one command's life. Methods raise ShoreError; none prints. Progress goes to `emit`."""

    name: str
    capabilities: frozenset[str]
    """What it has beside all this (engine/capabilities.py)."""

    async def survey(self, stack: Stack) -> Survey:
        """What would run, deviate, or be refused; nothing is changed, nothing downloaded."""
        ...

    async def preflight(
        self, stack: Stack, services: Sequence[str], observed: Observed, *, ports_auto: bool = False
    ) -> None:
        """Check everything that can be known before anything starts (ports taken and by whom, volumes of another
        major version, missing bind sources, external networks); raise all problems at once."""
        ...

    async def observe(self, project: str) -> Observed:
        """A snapshot of the project; fast, and without starting anything."""
        ...

    async def projects(self) -> Mapping[str, Observed]:
        """Every project that this engine knows (for `ls` and for `volumes`)."""
        ...

    async def find_image(self, stack: Stack, service: Service) -> ImageInfo | None:
        """The image of a service if it is present, else None."""
        ...

    async def pull(self, stack: Stack, service: Service, emit: Emit, *, offline: bool = False) -> ImageInfo: ...

    async def build(self, stack: Stack, service: Service, options: BuildOptions, emit: Emit) -> ImageInfo: ...

    async def remove_image(self, reference: str, *, steps: bool = True) -> bool:
        """Remove it; one that is not there is as wanted. False when something else still uses it. Without `steps` an
        engine that keeps a cache of its own leaves in it what the next build of the same can begin from."""
        ...

    async def create_network(self, stack: Stack, network: Network) -> None: ...

    async def remove_network(self, project: str, name: str) -> None: ...

    async def create_volume(self, stack: Stack, volume: Volume) -> None: ...

    async def remove_volume(self, name: str) -> None: ...

    async def volumes(self) -> tuple[ObservedVolume, ...]: ...

    async def create(
        self, stack: Stack, service: Service, number: int, replaces: str, options: CreateOptions
    ) -> Container:
        """Make the container (not started). One that `replaces` the container of that id is made beside it, with its
        anonymous volumes and network addresses, and is only to be had after `replace`: a failure leaves the old one
        as it is, running or not."""
        ...

    async def replace(self, old: Container, new: Container) -> None:
        """Remove `old`, which does not run; `new`, made to replace it, takes its name. Volumes stay."""
        ...

    async def start(self, stack: Stack, container: Container) -> None:
        """Start and return when the main process runs (not when it is healthy)."""
        ...

    async def stop(self, container: Container, timeout: float | None = None) -> None:
        """Stop signal, grace period (`timeout` seconds, else the service's own), then SIGKILL."""
        ...

    async def kill(self, container: Container, signal: str) -> None: ...

    async def pause(self, container: Container) -> None:
        """Hold all its processes where they are."""
        ...

    async def unpause(self, container: Container) -> None: ...

    async def remove(self, container: Container, *, volumes: bool = False) -> None:
        """Remove a stopped container; with `volumes` its anonymous volumes too."""
        ...

    def events(self, project: str) -> AsyncIterator[Event]:
        """What happens to the project's containers from now on, including health seen by our own probes. The
        first thing after subscription is the present state of every container as events."""
        ...

    def logs(self, project: str, containers: Sequence[Container], options: LogOptions) -> AsyncIterator[LogLine]: ...

    async def execute(self, container: Container, request: ExecRequest) -> int:
        """Run a command in a running container; the command's exit code."""
        ...

    async def run(self, stack: Stack, request: RunRequest, emit: Emit) -> int:
        """Run a one-off container to its end; the exit code. A detached one is told by a ContainerCreated with its id
        once it runs, and gives 0."""
        ...

    async def finish(self, project: str) -> None:
        """Called after `down` removed everything: end helpers of the project (the agent)."""
        ...

    async def close(self) -> None: ...
