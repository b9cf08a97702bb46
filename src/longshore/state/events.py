"""Everything that happens is an event. Progress display, timeline, logs and JSON output all read this one stream."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from longshore.model.record import factory, record
from longshore.model.service import EMPTY

__all__ = ["KINDS", "Emit", "Event", "Kind", "LogLine"]

Kind = Literal[
    "operation.started", "operation.waiting", "operation.finished", "operation.failed", "operation.skipped",
    "image.fetching", "image.ready", "build.step", "build.output", "build.finished",
    "network.created", "network.removed", "volume.created", "volume.filled", "volume.removed",
    "container.created", "container.starting", "container.started", "container.health", "container.died",
    "container.restarting", "container.stopped", "container.removed", "port.published", "agent.note",
]  # fmt: skip

KINDS: Mapping[str, str] = {
    "operation.started": "an operation of the plan begins; data: id, kind, target, cause",
    "operation.waiting": "an operation waits for a dependency; data: id, for (service), condition, all (services)",
    "operation.finished": "data: id, seconds",
    "operation.failed": "data: id, error",
    "operation.skipped": "not done because what it needs failed; data: id, because",
    "image.fetching": "a download; data: what, done (bytes), total (bytes, 0 unknown)",
    "image.ready": "data: image, runs, cached (bool), seconds",
    "build.step": "data: number, total, instruction, cached (bool), reason (why it is not cached)",
    "build.output": "a line of a step's output; data: line",
    "build.finished": "data: image, seconds, cached (bool), changed (what made the first step run again)",
    "network.created": "data: name",
    "network.removed": "data: name",
    "volume.created": "data: name",
    "volume.filled": "first-use fill from the image; data: name, path",
    "volume.removed": "data: name",
    "container.created": "",
    "container.starting": "the process is about to be made",
    "container.started": "data: pid, runs, ports, health, unchecked (neither file nor image has a health check)",
    "container.health": "data: status (starting, healthy, unhealthy), output (last probe), exit_code, probe (asked)",
    "container.died": "the main process ended; data: exit_code, signal, seconds (it ran), oom, restarting, past",
    "container.restarting": "data: delay (seconds), attempt, cause",
    "container.stopped": "ended because it was asked to; data: exit_code",
    "container.removed": "",
    "port.published": "data: host_ip, published, target, protocol",
    "agent.note": "data: text",
}


@record
class Event:
    """`time` in seconds since the epoch; `service` and `container` are "" where they do not apply."""

    kind: Kind
    service: str = ""
    container: str = ""
    data: Mapping[str, Any] = EMPTY
    time: float = factory(default_factory=time.time)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "service": self.service,
            "container": self.container,
            "data": dict(self.data),
            "time": self.time,
        }


Emit = Callable[[Event], None]


@record
class LogLine:
    """One line of a service's output. `stream` is "stdout" or "stderr"; `time` seconds since the epoch."""

    service: str
    container: str
    text: str
    time: float
    stream: Literal["stdout", "stderr"] = "stdout"
