"""Folds the event stream into what is known of each service: the state that every progress display draws. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar

from longshore.model.record import factory, record
from longshore.state.events import (
    BuildFinished,
    BuildOutput,
    BuildStep,
    ContainerDied,
    ContainerHealth,
    ContainerRestarting,
    ContainerStarted,
    ContainerStarting,
    ContainerStopped,
    Event,
    ImageFetching,
    ImageReady,
    Note,
    OperationEvent,
    OperationFailed,
    OperationFinished,
    OperationSkipped,
    OperationStarted,
    OperationWaiting,
)
from longshore.state.observed import Container, Published
from longshore.state.probes import is_missing, probe_said

__all__ = ["Progress", "Row", "State"]

State = Literal[
    "", "waiting", "building", "fetching", "creating", "starting", "running", "healthy", "completed", "restarting",
    "created", "stopping", "stopped", "removed", "unhealthy", "failed", "skipped", "built", "fetched", "paused",
]  # fmt: skip

PATIENCE = 3.0
"""Seconds that a service may be starting before what its health check says is shown."""

ACTIVE: frozenset[State] = frozenset(
    {"building", "fetching", "creating", "starting", "restarting", "stopping", "waiting"}
)

_BEGINS: Mapping[str, State] = {
    "build": "building", "pull": "fetching", "create": "creating", "start": "starting", "restart": "restarting",
    "stop": "stopping", "kill": "stopping", "remove": "stopping",
    "unpause": "starting",
}  # fmt: skip
_ENDS: Mapping[str, State] = {
    "build": "built", "pull": "fetched", "create": "created", "stop": "stopped", "kill": "stopped", "remove": "removed",
    "pause": "paused", "unpause": "running",
}  # fmt: skip


@record(frozen=False)
class Row:
    """One container, or the image of a service. Times are the events' own; 0 means not yet. `began` is when the work
    shown began, `ended` when it was over, `started` when this command started the container; `waited` and `waited_for`
    tell of the dependency that was the last to become ready; `heard` is what the health check says while it fails, once
    that is worth a word."""

    label: str
    service: str
    state: State = ""
    runs: str = ""
    began: float = 0.0
    ended: float = 0.0
    started: float = 0.0
    waiting_since: float = 0.0
    waiting_for: list[str] = factory(default_factory=list)
    waited: float = 0.0
    waited_for: str = ""
    probe: str = ""
    heard: str = ""
    step: str = ""
    done: int = 0
    total: int = 0
    exit_code: int = 0
    ports: list[str] = factory(default_factory=list)
    error: str = ""

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    def enter(self, state: State, time: float) -> None:
        self.state, self.began, self.ended = state, time, 0.0

    def end(self, state: State, time: float) -> None:
        self.state = state
        if self.began and not self.ended:
            self.ended = time


@record(frozen=False)
class Progress:
    """`labels` gives, by the container's full name, what its row is called ("db", "web-2"); events of containers that
    it does not know are left out. `checked` holds the services that have a health check, `needs` what each depends on,
    `ready` are those that were ready when the command began.
    Feed `take` with every event; read `rows` (in the order given), `notes` and `builds`."""

    labels: Mapping[str, str]
    order: tuple[str, ...] = ()
    checked: frozenset[str] = frozenset()
    needs: Mapping[str, tuple[str, ...]] = factory(default_factory=dict)
    ready: frozenset[str] = frozenset()
    rows: dict[str, Row] = factory(default_factory=dict)
    notes: list[str] = factory(default_factory=list)
    builds: dict[str, str] = factory(default_factory=dict)
    resources: list[str] = factory(default_factory=list)
    output: dict[str, list[str]] = factory(default_factory=dict)
    last_image: tuple[str, float] = ("", 0.0)
    """The build or pull that was over last, and when: no container starts before."""

    def __post_init__(self) -> None:
        for label in self.order:
            self.rows.setdefault(label, Row(label, label))

    def take(self, event: Event) -> Row | None:
        """Take in one event; the row it changed, if any."""
        handler = _HANDLERS.get(type(event))
        if isinstance(event, OperationEvent) and event.operation == "wait":
            return None  # the service itself runs on: nothing becomes of its row
        if handler is None or (event.container and event.container not in self.labels):
            return None
        row = self.row_of(event)
        handler(self, row, event)
        return row

    def row_of(self, event: Event) -> Row:
        label = self.labels.get(event.container, "") or self._label_of_target(event) or event.service
        if label not in self.rows:
            row = Row(label, event.service)
            if not label:
                return row
            self.rows[label] = row
        row = self.rows[label]
        row.service = event.service or row.service
        return row

    def _label_of_target(self, event: Event) -> str:
        """Operations name "db-1"; its row may be called just "db"."""
        if isinstance(event, OperationEvent) and event.operation not in ("build", "pull") and event.target in self.rows:
            return event.target
        return event.service

    @property
    def active(self) -> bool:
        return any(row.active for row in self.rows.values())

    def settle(self, containers: Iterable[Container], time: float) -> None:
        """Bring every row up to what is really there, for what the events have not told yet."""
        for container in containers:
            row = self.rows.get(self.labels.get(container.name, ""))
            if row is None:
                continue
            row.runs = container.runs or row.runs
            for port in container.ports:
                _add_port(row, port)
            ready = container.state == "running" and container.health in ("", "healthy")
            if ready and row.state in ("", "starting", "restarting", "created"):
                row.end("healthy" if container.health else "running", time)

    def ready_at(self, service: str) -> float:
        """When the last container of a service became ready, as far as this command saw it; else 0."""
        return max((row.ended for row in self.rows.values() if row.service == service), default=0.0)

    def finished(self, service: str) -> bool:
        """All containers of a service are healthy or have done their work: nobody waits for them any longer."""
        states = [row.state for row in self.rows.values() if row.service == service]
        return bool(states) and all(state in ("healthy", "completed") for state in states)

    def unmet(self, row: Row) -> list[str]:
        """The services that `row` has to wait for as things are."""
        return [
            need
            for need in self.needs.get(row.service, ())
            if any(other.service == need and not self._is_ready(other) for other in self.rows.values())
        ]

    def _is_ready(self, row: Row) -> bool:
        return row.state in ("healthy", "running", "completed") or (not row.state and row.service in self.ready)


def _operation_started(progress: Progress, row: Row, event: OperationStarted) -> None:
    kind = event.operation
    if kind not in _BEGINS:
        return
    _stop_waiting(progress, row, event.time)
    if row.state != _BEGINS[kind]:
        row.enter(_BEGINS[kind], event.time)
    if kind in ("build", "pull"):
        row.step = event.target
    if kind in ("start", "restart"):
        row.started = event.time
    if kind in ("start", "restart", "create"):
        row.error, row.probe, row.heard, row.exit_code = "", "", "", 0


def _operation_waiting(progress: Progress, row: Row, event: OperationWaiting) -> None:
    if not row.waiting_for:
        row.waiting_since = event.time
    for name in (*event.everyone, event.needs):
        if name not in row.waiting_for:
            row.waiting_for.append(name)
    row.enter("waiting", event.time)


def _stop_waiting(progress: Progress, row: Row, time: float) -> None:
    if row.waiting_for:
        row.waited, row.waited_for = time - row.waiting_since, max(row.waiting_for, key=progress.ready_at)
        row.waiting_for = []


def _operation_finished(progress: Progress, row: Row, event: OperationFinished) -> None:
    kind, target = event.operation, event.target
    if kind.endswith((" network", " volume")):
        progress.resources.append(f"{kind.split()[1]} {target}: {kind.split()[0]}d")
    elif kind in _ENDS:
        row.end(_ENDS[kind], event.time)
    if kind in ("build", "pull") and event.time >= progress.last_image[1]:
        progress.last_image = (f"{kind} {event.service}", event.time)


def _operation_failed(progress: Progress, row: Row, event: OperationFailed) -> None:
    row.error = event.error
    row.end("failed", event.time)


def _operation_skipped(progress: Progress, row: Row, event: OperationSkipped) -> None:
    row.waiting_for = []
    row.error = event.because
    if row.state != "failed":
        row.end("skipped", event.time)


def _fetching(progress: Progress, row: Row, event: ImageFetching) -> None:
    if row.state not in ("fetching", "building"):
        row.enter("fetching", event.time)
    row.step, row.done, row.total = event.what, event.done, event.total


def _image_ready(progress: Progress, row: Row, event: ImageReady) -> None:
    row.runs = event.runs or row.runs
    row.step, row.done, row.total = "", 0, 0


def _build_step(progress: Progress, row: Row, event: BuildStep) -> None:
    if row.state != "building":
        row.enter("building", event.time)
    row.step = f"{event.number}/{event.total} {event.instruction}"
    progress.output[event.service] = []


def _build_output(progress: Progress, row: Row, event: BuildOutput) -> None:
    progress.output.setdefault(event.service, []).append(event.line)


def _build_finished(progress: Progress, row: Row, event: BuildFinished) -> None:
    row.step = ""
    row.runs = event.runs or row.runs  # until now it was the base that was fetched last
    if event.cached:
        progress.builds[event.service] = "cached"
        return
    took = f"{event.seconds:.1f} s"
    progress.builds[event.service] = f"{event.changed} ({took})" if event.changed else took


def _starting(progress: Progress, row: Row, event: ContainerStarting) -> None:
    if row.state not in ("starting", "restarting"):
        row.enter("starting", event.time)


def _started(progress: Progress, row: Row, event: ContainerStarted) -> None:
    if row.state in ("stopping", "stopped", "removed") or event.time < row.began:
        return  # a late word of a container that is being taken away, or of its life before this command
    row.runs = event.runs or row.runs
    row.exit_code = 0
    for port in event.ports:
        _add_port(row, port)
    if event.health in ("healthy", "unhealthy"):
        row.end(event.health, event.time)
    elif not (event.health or event.service in progress.checked):
        row.end("running", event.time)
    else:
        row.state = "starting"


def _add_port(row: Row, port: Published) -> None:
    text = f"{port.host_ip or '0.0.0.0'}:{port.published}"
    if port.published and text not in row.ports:
        row.ports.append(text)


def _health(progress: Progress, row: Row, event: ContainerHealth) -> None:
    status = event.status
    row.probe = event.probe or row.probe
    row.heard = _heard(row, event) if status == "starting" else ""
    if status == "healthy" and row.state not in ("stopping", "stopped", "removed"):
        row.end("healthy", event.time)
    elif status == "unhealthy":
        row.end("unhealthy", event.time)


def _heard(row: Row, event: ContainerHealth) -> str:
    """What the failing check says: at once when its program is not there, else once the start takes its time."""
    code, output = event.exit_code, event.output
    late = bool(row.began) and event.time - row.began >= PATIENCE
    return probe_said(code, output) if late or is_missing(code, output) else ""


def _died(progress: Progress, row: Row, event: ContainerDied) -> None:
    if event.past:
        return  # it had ended before this command did anything
    row.exit_code = event.exit_code
    if row.state in ("", "creating", "created", "stopping", "stopped", "removed"):
        return
    row.ended = 0.0  # a one-shot's work is over now, not when it ran
    row.end("completed" if row.exit_code == 0 else "failed", event.time)
    row.error = "" if row.exit_code == 0 else f"exited with code {row.exit_code}"


def _restarting(progress: Progress, row: Row, event: ContainerRestarting) -> None:
    row.enter("restarting", event.time)
    row.error = event.cause


def _stopped(progress: Progress, row: Row, event: ContainerStopped) -> None:
    row.exit_code = event.exit_code
    if row.state not in ("starting", "creating"):
        row.end("stopped", event.time)


def _note(progress: Progress, row: Row, event: Note) -> None:
    progress.notes.append(event.text)


E = TypeVar("E", bound=Event)
_Handler = Callable[[Progress, Row, Any], None]


def _on(kind: type[E], handler: Callable[[Progress, Row, E], None]) -> tuple[type[Event], _Handler]:
    """A row of the table, whose two sides fit each other."""
    return kind, handler


_HANDLERS: Mapping[type[Event], _Handler] = dict(
    (
        _on(OperationStarted, _operation_started),
        _on(OperationWaiting, _operation_waiting),
        _on(OperationFinished, _operation_finished),
        _on(OperationFailed, _operation_failed),
        _on(OperationSkipped, _operation_skipped),
        _on(ImageFetching, _fetching),
        _on(ImageReady, _image_ready),
        _on(BuildStep, _build_step),
        _on(BuildOutput, _build_output),
        _on(BuildFinished, _build_finished),
        _on(ContainerStarting, _starting),
        _on(ContainerStarted, _started),
        _on(ContainerHealth, _health),
        _on(ContainerDied, _died),
        _on(ContainerRestarting, _restarting),
        _on(ContainerStopped, _stopped),
        _on(Note, _note),
    )
)
