"""The contract of events: the same story is told in the same kinds, with the same fields and types, on every engine."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from longshore.model.codec import encode_whole
from longshore.model.record import fields
from longshore.state.events import KINDS, Event, from_json
from tests.shore import Shore

pytestmark = pytest.mark.e2e

STORY = """
services:
  web:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    ports: ["127.0.0.1::8000"]
    healthcheck: {test: [CMD, test, -e, /etc/passwd], interval: 1s}
  job: {image: 'python:3.11-slim', command: sh -c 'exit 3'}
  flaky: {image: 'python:3.11-slim', command: sh -c 'exit 1', restart: 'on-failure:2'}
"""


class Reader:
    """`shore events --json`, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        self.told: list[dict[str, Any]] = []
        threading.Thread(target=self._read, args=(process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            self._lines.put(line)

    def until(self, service: str, kind: str, count: int = 1) -> None:
        """Read on until so many events of a kind were told of a service."""
        while sum((e["service"], e["kind"]) == (service, kind) for e in self.told) < count:
            self.told.append(json.loads(self._lines.get(timeout=60)))

    def of(self, service: str) -> list[dict[str, Any]]:
        return [event for event in self.told if event["service"] == service]

    def kinds(self, service: str) -> list[str]:
        """What was told of a service, each run of health once."""
        found = [event["kind"].removeprefix("container.") for event in self.of(service)]
        return [kind for before, kind in zip(["", *found], found, strict=False) if (before, kind) != ("health",) * 2]


@contextmanager
def reading(shore: Shore) -> Iterator[Reader]:
    process = shore.start("events", "--json", stdout=subprocess.PIPE)
    try:
        yield Reader(process)
    finally:
        process.terminate()
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_the_same_story_is_told_on_every_engine(shore: Shore) -> None:
    shore.write(compose=STORY)
    shore.ok("up", "--no-start", "job")
    with reading(shore) as reader:
        reader.until("job", "container.created")
        shore.run("up", "-d")
        reader.until("web", "container.health")
        reader.until("flaky", "container.died", 3)
        reader.until("job", "container.died")
        with reading(shore) as late:
            late.until("web", "container.started")
            late.until("flaky", "container.died")
            late.until("job", "container.died")
        shore.ok("kill", "web")
        reader.until("web", "container.stopped")
        shore.ok("start", "web")
        reader.until("web", "container.health", 2)
        shore.ok("stop", "-t", "5", "web")
        shore.ok("down", "-t", "1")
        for service in ("web", "job", "flaky"):
            reader.until(service, "container.removed")

    assert reader.kinds("web") == [
        "created", "started", "health", "stopped", "started", "health", "stopped", "removed",
    ]  # fmt: skip
    assert reader.kinds("job") == ["created", "started", "died", "removed"]
    deaths = ["started", "died", "restarting"] * 2 + ["started", "died"]
    assert reader.kinds("flaky") == ["created", *deaths, "removed"]
    assert {service: late.kinds(service) for service in ("web", "job", "flaky")} == {
        "web": ["started"], "job": ["died"], "flaky": ["died"],
    }  # fmt: skip
    for event in (*reader.told, *late.told):
        check_form(event)
    check_facts(reader, late)


def check_form(event: dict[str, Any]) -> None:
    """Every field is there, with the type that its kind declares: it comes back as the record that was sent."""
    kind = KINDS[event["kind"]]
    assert [*event] == ["kind", "service", "container", "data", "time"]
    assert [*event["data"]] == [name for name in fields(kind) if name not in fields(Event)]
    found, sample = from_json(event), encode_whole(kind())
    assert {key: type(value) for key, value in encode_whole(found).items()} == {
        key: type(value) for key, value in sample.items()
    }
    assert event["container"].endswith(f"-{event['service']}-1")


def check_facts(reader: Reader, late: Reader) -> None:
    web, job, flaky = (reader.of(service) for service in ("web", "job", "flaky"))
    started = next(e for e in web if e["kind"] == "container.started")["data"]
    assert started["pid"] > 1
    assert [(p["host_ip"], p["target"], p["protocol"]) for p in started["ports"]] == [("127.0.0.1", 8000, "tcp")]
    assert not started["unchecked"]
    assert started["health"] == "starting"
    health = next(e for e in web if e["data"].get("status") == "healthy")["data"]
    assert (health["exit_code"], health["probe"]) == (0, "test -e /etc/passwd")
    stops = [e["data"]["exit_code"] for e in web if e["kind"] == "container.stopped"]
    assert stops == [137, 143]
    died = next(e for e in job if e["kind"] == "container.died")["data"]
    assert 0 <= died.pop("seconds") < 30
    assert died == {"exit_code": 3, "signal": 0, "oom": False, "restarting": False, "past": False}
    deaths = [(e["data"]["exit_code"], e["data"]["restarting"]) for e in flaky if e["kind"] == "container.died"]
    assert deaths == [(1, True), (1, True), (1, False)]
    again = [e["data"] for e in flaky if e["kind"] == "container.restarting"]
    assert again == [{"delay": 0.1 * n, "attempt": n, "cause": "exited 1"} for n in (1, 2)]
    past = late.of("job")[0]
    assert (past["data"]["exit_code"], past["data"]["past"]) == (3, True)
    assert abs(past["time"] - next(e for e in job if e["kind"] == "container.died")["time"]) < 5
    running = late.of("web")[0]["data"]
    assert (running["health"], running["ports"]) == ("healthy", started["ports"])
