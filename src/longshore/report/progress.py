"""Folds the event stream into what is known of each service: the state that every progress display draws. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from longshore.model.record import factory, record
from longshore.state.events import Event
from longshore.state.observed import Container
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
        handler = _HANDLERS.get(event.kind)
        if event.data.get("kind") == "wait":
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
        target = str(event.data.get("target", ""))
        if event.data.get("kind") in ("build", "pull"):
            return event.service
        return target if target in self.rows else event.service

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
                _add_port(row, {"host_ip": port.host_ip, "published": port.published or ""})
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


def _operation_started(progress: Progress, row: Row, event: Event) -> None:
    kind = str(event.data.get("kind", ""))
    if kind not in _BEGINS:
        return
    _stop_waiting(progress, row, event.time)
    if row.state != _BEGINS[kind]:
        row.enter(_BEGINS[kind], event.time)
    if kind in ("build", "pull"):
        row.step = str(event.data.get("target", ""))
    if kind in ("start", "restart"):
        row.started = event.time
    if kind in ("start", "restart", "create"):
        row.error, row.probe, row.heard, row.exit_code = "", "", "", 0


def _operation_waiting(progress: Progress, row: Row, event: Event) -> None:
    if not row.waiting_for:
        row.waiting_since = event.time
    for name in (*event.data.get("all", ()), event.data.get("for", "")):
        if name not in row.waiting_for:
            row.waiting_for.append(str(name))
    row.enter("waiting", event.time)


def _stop_waiting(progress: Progress, row: Row, time: float) -> None:
    if row.waiting_for:
        row.waited, row.waited_for = time - row.waiting_since, max(row.waiting_for, key=progress.ready_at)
        row.waiting_for = []


def _operation_finished(progress: Progress, row: Row, event: Event) -> None:
    kind, target = str(event.data.get("kind", "")), str(event.data.get("target", ""))
    if kind.endswith((" network", " volume")):
        progress.resources.append(f"{kind.split()[1]} {target}: {kind.split()[0]}d")
    elif kind in _ENDS:
        row.end(_ENDS[kind], event.time)
    if kind in ("build", "pull") and event.time >= progress.last_image[1]:
        progress.last_image = (f"{kind} {event.service}", event.time)


def _operation_failed(progress: Progress, row: Row, event: Event) -> None:
    row.error = str(event.data.get("error", ""))
    row.end("failed", event.time)


def _operation_skipped(progress: Progress, row: Row, event: Event) -> None:
    row.waiting_for = []
    row.error = str(event.data.get("because", ""))
    if row.state != "failed":
        row.end("skipped", event.time)


def _fetching(progress: Progress, row: Row, event: Event) -> None:
    if row.state not in ("fetching", "building"):
        row.enter("fetching", event.time)
    row.step = str(event.data.get("what", ""))
    row.done, row.total = int(event.data.get("done", 0)), int(event.data.get("total", 0))


def _image_ready(progress: Progress, row: Row, event: Event) -> None:
    row.runs = str(event.data.get("runs", "")) or row.runs
    row.step, row.done, row.total = "", 0, 0


def _build_step(progress: Progress, row: Row, event: Event) -> None:
    if row.state != "building":
        row.enter("building", event.time)
    data = event.data
    row.step = f"{data.get('number', '?')}/{data.get('total', '?')} {data.get('instruction', '')}"
    progress.output[event.service] = []


def _build_output(progress: Progress, row: Row, event: Event) -> None:
    progress.output.setdefault(event.service, []).append(str(event.data.get("line", "")))


def _build_finished(progress: Progress, row: Row, event: Event) -> None:
    row.step = ""
    if event.data.get("cached"):
        progress.builds[event.service] = "cached"
        return
    changed = str(event.data.get("changed", ""))
    took = f"{float(event.data.get('seconds', 0.0)):.1f} s"
    progress.builds[event.service] = f"{changed} ({took})" if changed else took


def _starting(progress: Progress, row: Row, event: Event) -> None:
    if row.state not in ("starting", "restarting"):
        row.enter("starting", event.time)


def _started(progress: Progress, row: Row, event: Event) -> None:
    if row.state in ("stopping", "stopped", "removed"):
        return  # a late word of a container that is being taken away
    row.runs = str(event.data.get("runs", "")) or row.runs
    row.exit_code = 0
    _publish(row, event.data.get("ports") or ())
    status = str(event.data.get("health", ""))
    if status == "healthy" or not (status or event.service in progress.checked):
        row.end("healthy" if status else "running", event.time)
    else:
        row.state = "starting"


def _publish(row: Row, ports: Any) -> None:
    for port in ports:
        if isinstance(port, Mapping):
            _add_port(row, port)


def _add_port(row: Row, data: Mapping[str, Any]) -> None:
    text = f"{data.get('host_ip') or '0.0.0.0'}:{data.get('published')}"
    if data.get("published") and text not in row.ports:
        row.ports.append(text)


def _published(progress: Progress, row: Row, event: Event) -> None:
    _add_port(row, event.data)


def _health(progress: Progress, row: Row, event: Event) -> None:
    status = str(event.data.get("status", ""))
    row.probe = str(event.data.get("probe", "")) or row.probe
    row.heard = _heard(row, event) if status == "starting" else ""
    if status == "healthy" and row.state not in ("stopping", "stopped", "removed"):
        row.end("healthy", event.time)
    elif status == "unhealthy":
        row.end("unhealthy", event.time)


def _heard(row: Row, event: Event) -> str:
    """What the failing check says: at once when its program is not there, else once the start takes its time."""
    code, output = int(event.data.get("exit_code", 0)), str(event.data.get("output", ""))
    late = bool(row.began) and event.time - row.began >= PATIENCE
    return probe_said(code, output) if late or is_missing(code, output) else ""


def _died(progress: Progress, row: Row, event: Event) -> None:
    if event.data.get("past"):
        return  # it had ended before this command did anything
    row.exit_code = int(event.data.get("exit_code", 0))
    if row.state in ("", "creating", "created", "stopping", "stopped", "removed"):
        return
    row.ended = 0.0  # a one-shot's work is over now, not when it ran
    row.end("completed" if row.exit_code == 0 else "failed", event.time)
    row.error = "" if row.exit_code == 0 else f"exited with code {row.exit_code}"


def _restarting(progress: Progress, row: Row, event: Event) -> None:
    row.enter("restarting", event.time)
    row.error = str(event.data.get("cause", ""))


def _stopped(progress: Progress, row: Row, event: Event) -> None:
    row.exit_code = int(event.data.get("exit_code", 0))
    if row.state not in ("starting", "restarting", "creating"):
        row.end("stopped", event.time)


def _note(progress: Progress, row: Row, event: Event) -> None:
    progress.notes.append(str(event.data.get("text", "")))


_HANDLERS: Mapping[str, Callable[[Progress, Row, Event], None]] = {
    "operation.started": _operation_started,
    "operation.waiting": _operation_waiting,
    "operation.finished": _operation_finished,
    "operation.failed": _operation_failed,
    "operation.skipped": _operation_skipped,
    "image.fetching": _fetching,
    "image.ready": _image_ready,
    "build.step": _build_step,
    "build.output": _build_output,
    "build.finished": _build_finished,
    "container.starting": _starting,
    "container.started": _started,
    "container.health": _health,
    "container.died": _died,
    "container.restarting": _restarting,
    "container.stopped": _stopped,
    "port.published": _published,
    "agent.note": _note,
}
