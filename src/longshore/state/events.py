"""Everything that happens is an event: a record for each kind. Progress display, timeline, logs and JSON output all
read this one stream. Engines tell of containers; the executor tells of operations, those on networks and volumes too.

`as_json` and `from_json` are the one codec: for `--progress json`, `events --json` and the wire to native's agent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

from longshore.model.record import factory, record
from longshore.model.service import Condition
from longshore.state.observed import Container, Health, Published

__all__ = [
    "KINDS", "BuildFinished", "BuildOutput", "BuildStep", "ContainerCreated", "ContainerDied", "ContainerHealth",
    "ContainerRemoved", "ContainerRestarting", "ContainerStarted", "ContainerStarting", "ContainerStopped", "Emit",
    "Event", "ImageFetching", "ImageReady", "LogLine", "Note", "OperationEvent", "OperationFailed",
    "OperationFinished", "OperationSkipped", "OperationStarted", "OperationWaiting", "as_json", "from_json",
    "killed_by", "present", "started", "untold",
]  # fmt: skip


@record
class Event:
    """`time` in seconds since the epoch; `service` and `container` (its name) are "" where they do not apply. What a
    field of a kind holds where nothing is known is its default."""

    kind: ClassVar[str] = ""
    service: str = ""
    container: str = ""
    time: float = factory(default_factory=time.time)


@record
class OperationEvent(Event):
    """Of the plan's operation `id`: what is done (`operation`, as plan.operation.OperationKind), to what, and why."""

    id: int = 0
    operation: str = ""
    target: str = ""
    cause: str = ""


@record
class OperationStarted(OperationEvent):
    """It begins."""

    kind: ClassVar[str] = "operation.started"


@record
class OperationWaiting(OperationEvent):
    """It waits for the service `needs` to meet `condition`; `everyone` names all services that it waits for."""

    kind: ClassVar[str] = "operation.waiting"
    needs: str = ""
    condition: Condition = "service_started"
    everyone: tuple[str, ...] = ()


@record
class OperationFinished(OperationEvent):
    """It is done, after so many `seconds`."""

    kind: ClassVar[str] = "operation.finished"
    seconds: float = 0.0


@record
class OperationFailed(OperationEvent):
    """It could not be done; `error` says what and where."""

    kind: ClassVar[str] = "operation.failed"
    error: str = ""


@record
class OperationSkipped(OperationEvent):
    """It was not done because what it needs failed: the service or target `because`."""

    kind: ClassVar[str] = "operation.skipped"
    because: str = ""


@record
class ImageFetching(Event):
    """A download: of `what`, so many bytes `done` of `total` (0: unknown)."""

    kind: ClassVar[str] = "image.fetching"
    what: str = ""
    done: int = 0
    total: int = 0


@record
class ImageReady(Event):
    """The `image` is there. `runs` says what really runs when it is not the image itself."""

    kind: ClassVar[str] = "image.ready"
    image: str = ""
    runs: str = ""
    cached: bool = False
    seconds: float = 0.0


@record
class BuildStep(Event):
    """Step `number` of `total` begins, or is taken from the cache; `reason` is why it is not."""

    kind: ClassVar[str] = "build.step"
    number: int = 0
    total: int = 0
    instruction: str = ""
    cached: bool = False
    reason: str = ""


@record
class BuildOutput(Event):
    """A line of a step's output."""

    kind: ClassVar[str] = "build.output"
    line: str = ""


@record
class BuildFinished(Event):
    """The `image` is built; `cached`: no step ran; `changed` is what made the first step run again; `runs` as in
    ImageReady."""

    kind: ClassVar[str] = "build.finished"
    image: str = ""
    seconds: float = 0.0
    cached: bool = False
    changed: str = ""
    runs: str = ""


@record
class ContainerCreated(Event):
    """It is there, and was never started. `id` is the engine's, where somebody has to know it."""

    kind: ClassVar[str] = "container.created"
    id: str = ""


@record
class ContainerStarting(Event):
    """This command is about to start it: what was known of it before is old. Told by the executor alone."""

    kind: ClassVar[str] = "container.starting"


@record
class ContainerStarted(Event):
    """Its main process runs. `pid` is the host's; `runs` as in ImageReady; `ports` as they really are; `health` as of
    now; `unchecked`: neither file nor image has a health check."""

    kind: ClassVar[str] = "container.started"
    pid: int = 0
    runs: str = ""
    ports: tuple[Published, ...] = ()
    health: Health = ""
    unchecked: bool = False


@record
class ContainerHealth(Event):
    """What a health check found: `status` as of now; `probe` is what was run, `output` what it printed. `seen_by`:
    "engine" for the engine's own check, "shore" for our eager one beside it."""

    kind: ClassVar[str] = "container.health"
    status: Health = ""
    output: str = ""
    exit_code: int = 0
    probe: str = ""
    seen_by: Literal["engine", "shore"] = "engine"


@record
class ContainerDied(Event):
    """Its main process ended by itself, `seconds` after it started. `signal` is the one that killed it, 0 when none
    did; `oom`: for lack of memory; `restarting`: its policy has it started again; `past`: it had ended already when
    the reader began to listen."""

    kind: ClassVar[str] = "container.died"
    exit_code: int = 0
    signal: int = 0
    seconds: float = 0.0
    oom: bool = False
    restarting: bool = False
    past: bool = False


@record
class ContainerRestarting(Event):
    """Its policy has it started again after `delay` seconds, for the `attempt`-th time in a row."""

    kind: ClassVar[str] = "container.restarting"
    delay: float = 0.0
    attempt: int = 0
    cause: str = ""


@record
class ContainerStopped(Event):
    """It ended because it was asked to."""

    kind: ClassVar[str] = "container.stopped"
    exit_code: int = 0


@record
class ContainerRemoved(Event):
    """It is no longer there."""

    kind: ClassVar[str] = "container.removed"


@record
class Note(Event):
    """Something that people must hear and that belongs to no other kind."""

    kind: ClassVar[str] = "note"
    text: str = ""


_KINDS = (
    OperationStarted, OperationWaiting, OperationFinished, OperationFailed, OperationSkipped,
    ImageFetching, ImageReady, BuildStep, BuildOutput, BuildFinished,
    ContainerCreated, ContainerStarting, ContainerStarted, ContainerHealth, ContainerDied, ContainerRestarting,
    ContainerStopped, ContainerRemoved, Note,
)  # fmt: skip

KINDS: Mapping[str, type[Event]] = {kind.kind: kind for kind in _KINDS}
"""Every kind of event by its name."""

_COMMON = frozenset({"service", "container", "time"})


def as_json(event: Event) -> dict[str, Any]:
    """The event as what json.dumps takes: kind, service, container, time, and under "data" every field of its kind."""
    from longshore.model.codec import encode_whole

    data = encode_whole(event, skip=_COMMON)
    return {
        "kind": event.kind,
        "service": event.service,
        "container": event.container,
        "data": data,
        "time": event.time,
    }


def from_json(found: Mapping[str, Any]) -> Event:
    """The event that `as_json` gave. Raises KeyError for a kind that there is not."""
    from longshore.model.codec import decode

    return decode(KINDS[found["kind"]], {**found["data"], **{name: found[name] for name in _COMMON}})


def present(container: Container, *, unchecked: bool) -> Event:
    """What a stream of events begins with: the state of a container that is there already."""
    service, name = container.service, container.name
    if container.state in ("running", "paused"):
        return started(container, container.started, unchecked=unchecked)
    if container.state == "created":
        return ContainerCreated(service, name, container.created)
    return ContainerDied(
        service, name, container.finished, exit_code=container.exit_code, signal=killed_by(container.exit_code),
        seconds=max(0.0, container.finished - container.started), restarting=container.state == "restarting",
        past=True,
    )  # fmt: skip


def started(container: Container, when: float, *, unchecked: bool) -> ContainerStarted:
    """That it runs since `when`."""
    return ContainerStarted(
        container.service, container.name, when, pid=container.pid, runs=container.runs, ports=container.ports,
        health=container.health, unchecked=unchecked,
    )  # fmt: skip


def killed_by(exit_code: int) -> int:
    """The signal that an exit code tells of; 0 for none."""
    return exit_code - 128 if exit_code > 128 else 0


Emit = Callable[[Event], None]


def untold(event: object) -> None:
    """An `Emit` of whom nobody is to hear."""


@record
class LogLine:
    """One line of a service's output. `stream` is "stdout" or "stderr"; `time` seconds since the epoch."""

    service: str
    container: str
    text: str
    time: float
    stream: Literal["stdout", "stderr"] = "stdout"
