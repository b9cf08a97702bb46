"""Events: one record a kind, one form as JSON, one line for people."""

from __future__ import annotations

import json

import pytest

from longshore.report.eventlines import event_line
from longshore.state.events import (
    KINDS,
    ContainerDied,
    ContainerStarted,
    Event,
    OperationWaiting,
    as_json,
    from_json,
    present,
)
from longshore.state.observed import Container, Published

WEB = Container(
    "1", "demo-web-1", "web", state="running", health="healthy", started=9.0, pid=7, ports=(Published("", 80, 8000),)
)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: str(kind.kind))
def test_every_kind_comes_back_as_it_was_sent(kind: type[Event]) -> None:
    event = kind("web", "demo-web-1", 3.5)
    assert from_json(json.loads(json.dumps(as_json(event)))) == event


def test_every_field_is_there_with_records_inside() -> None:
    event = ContainerStarted("web", "demo-web-1", 3.5, ports=(Published("127.0.0.1", 8000, 80),))
    sent = json.loads(json.dumps(as_json(event)))
    port = {"host_ip": "127.0.0.1", "published": 8000, "target": 80, "protocol": "tcp"}
    assert sent == {
        "kind": "container.started", "service": "web", "container": "demo-web-1", "time": 3.5,
        "data": {"pid": 0, "runs": "", "ports": [port], "health": "", "unchecked": False},
    }  # fmt: skip
    assert from_json(sent) == event
    waiting = OperationWaiting("web", id=3, operation="start", target="web-1", needs="db", everyone=("db", "cache"))
    assert from_json(json.loads(json.dumps(as_json(waiting)))) == waiting


def test_a_kind_that_there_is_not() -> None:
    with pytest.raises(KeyError):
        from_json({"kind": "container.danced", "service": "", "container": "", "data": {}, "time": 0.0})


@pytest.mark.parametrize(
    ("state", "kind", "time"),
    [("running", "started", 9.0), ("paused", "started", 9.0), ("created", "created", 2.0), ("exited", "died", 12.0),
     ("restarting", "died", 12.0), ("dead", "died", 12.0)],
)  # fmt: skip
def test_what_is_there_already(state: str, kind: str, time: float) -> None:
    there = Container("1", "demo-web-1", "web", state=state, exit_code=137, created=2.0, started=9.0, finished=12.0)  # type: ignore[arg-type]
    event = present(there, unchecked=True)
    assert (event.kind, event.service, event.container, event.time) == (f"container.{kind}", "web", "demo-web-1", time)
    if isinstance(event, ContainerDied):
        assert (event.exit_code, event.signal, event.seconds, event.past) == (137, 9, 3.0, True)
        assert event.restarting == (state == "restarting")


def test_a_line_says_what_there_is_to_say() -> None:
    assert event_line(present(WEB, unchecked=False)).endswith(
        "container.started     demo-web-1  pid=7  ports=0.0.0.0:80→8000  health=healthy"
    )
    ended = ContainerDied("job", "demo-job-1", 0.0, seconds=1.5)
    assert event_line(ended).endswith("container.died        demo-job-1  exit_code=0  seconds=1.5")
