"""What an attached `up` makes of events: whose logs it follows, what ends it, and with which code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from longshore.engine.base import LogOptions
from longshore.flow.attach import Attachment
from longshore.flow.audience import Audience
from longshore.state.events import ContainerDied, ContainerStarted, ContainerStopped, Event, LogLine
from longshore.state.observed import Container, Observed
from tests.plan.make import service, stack

STACK = stack(service("db"), service("web", tty=True))


class Logs:
    """An engine that gives two lines of each container that it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool, LogOptions]] = []

    async def logs(self, project: str, containers: Sequence[Container], options: LogOptions) -> AsyncIterator[LogLine]:
        (one,) = containers
        self.asked.append((one.name, one.tty, options))
        for text in ("one", "two"):
            yield LogLine(one.service, one.name, text, 50.0)


class Hearing(Audience):
    def __init__(self, gone: bool = False) -> None:
        self.heard: list[str] = []
        self.gone = gone

    def line(self, line: LogLine) -> None:
        if self.gone:
            raise BrokenPipeError
        self.heard.append(f"{line.container}: {line.text}")

    def ended(self, container: str, exit_code: int) -> None:
        self.heard.append(f"{container} ended with {exit_code}")


def attachment(audience: Audience, engine: Any = None, **fields: Any) -> Attachment:
    names = frozenset({"demo-db-1", "demo-web-1"})
    values = {"services": frozenset({"db", "web"}), **fields}
    return Attachment(engine or Logs(), STACK, names, audience=audience, **values)


def of(event: Event, name: str) -> Event:
    from longshore.model.record import replace

    return replace(event, service=name, container=f"demo-{name}-1", time=100.0)


async def test_what_starts_is_followed_from_a_second_before() -> None:
    audience, engine = Hearing(), Logs()
    one = attachment(audience, engine, services=frozenset({"web"}))
    one.take(of(ContainerStarted(), "db"))
    one.take(of(ContainerStarted(), "web"))
    one.take(ContainerStarted("web", "demo-web-run-1", 100.0))
    await one.drain()
    assert engine.asked == [("demo-web-1", True, LogOptions(follow=True, since=99.0))]
    assert audience.heard == ["demo-web-1: one", "demo-web-1: two"]


async def test_a_second_life_is_followed_from_where_the_first_ended() -> None:
    engine = Logs()
    one = attachment(Hearing(), engine)
    one.take(of(ContainerStarted(), "db"))
    await one.drain()
    one.take(of(ContainerDied(exit_code=1, restarting=True), "db"))
    one.take(of(ContainerStarted(), "db"))
    await one.drain()
    assert engine.asked[1][2].since == pytest.approx(50.000001)


async def test_what_ran_before_shows_only_what_is_new() -> None:
    engine = Logs()
    one = attachment(Hearing(), engine)
    states = (Container("1", "demo-db-1", "db", state="running"), Container("2", "demo-web-1", "web", state="exited"))
    one.already(Observed("demo", states))
    one.take(of(ContainerStarted(), "db"))
    one.take(of(ContainerStarted(), "web"))
    await one.drain()
    since = {name: options.since for name, _, options in engine.asked}
    assert since["demo-web-1"] == 99.0
    assert since["demo-db-1"] is not None
    assert since["demo-db-1"] > 1e9


async def test_it_is_over_when_nothing_runs_any_longer() -> None:
    audience = Hearing()
    one = attachment(audience)
    one.take(of(ContainerStarted(), "db"))
    one.take(of(ContainerStarted(), "web"))
    one.take(of(ContainerDied(exit_code=3), "db"))
    assert not one.finished.is_set()
    one.take(of(ContainerStopped(exit_code=143), "web"))
    assert not one.finished.is_set(), "more may be started"
    one.all_started()
    assert one.finished.is_set()
    assert one.exit_codes == {"db": 3, "web": 143}
    assert one.code_to_end_with is None
    assert [text for text in audience.heard if "ended" in text] == [
        "demo-db-1 ended with 3",
        "demo-web-1 ended with 143",
    ]


async def test_when_all_has_started_the_last_end_is_the_end() -> None:
    one = attachment(Hearing())
    one.take(of(ContainerStarted(), "db"))
    one.all_started()
    assert not one.finished.is_set()
    one.take(of(ContainerDied(exit_code=0, restarting=True), "db"))
    assert not one.finished.is_set(), "it comes back"
    one.take(of(ContainerStarted(), "db"))
    assert one.exit_codes == {}
    one.take(of(ContainerDied(exit_code=0), "db"))
    assert one.finished.is_set()


async def test_an_end_that_must_not_be_gives_its_code_once() -> None:
    one = attachment(Hearing(), stop_when=lambda service, code: code != 0)
    one.take(of(ContainerStarted(), "db"))
    one.take(of(ContainerStarted(), "web"))
    one.take(of(ContainerDied(exit_code=5), "db"))
    one.take(of(ContainerDied(exit_code=6), "web"))
    one.take(of(ContainerDied(exit_code=7), "web"))
    assert (one.code_to_end_with, one.finished.is_set()) == (5, True)
    assert one.exit_codes["web"] == 6, "what does not run cannot end"


async def test_an_end_that_was_asked_for_is_not_told() -> None:
    audience = Hearing()
    one = attachment(audience, stop_when=lambda service, code: True)
    one.take(of(ContainerStarted(), "db"))
    one.expect_no_exit()
    one.take(of(ContainerStopped(exit_code=143), "db"))
    assert (audience.heard, one.code_to_end_with, one.exit_codes) == ([], None, {"db": 143})


async def test_a_service_whose_logs_are_not_shown_ends_without_a_word() -> None:
    audience = Hearing()
    one = attachment(audience, services=frozenset({"web"}))
    one.take(of(ContainerStarted(), "db"))
    one.take(of(ContainerDied(exit_code=1), "db"))
    assert audience.heard == []
    assert one.exit_codes == {"db": 1}


async def test_a_reader_that_has_gone_ends_it() -> None:
    one = attachment(Hearing(gone=True))
    one.take(of(ContainerStarted(), "db"))
    await asyncio.wait_for(one.finished.wait(), 5)
    assert one.unread
    await one.drain()


async def test_drain_waits_no_longer_than_it_is_told() -> None:
    class Endless(Logs):
        async def logs(self, *_: object) -> AsyncIterator[LogLine]:
            await asyncio.sleep(1000)
            yield LogLine("db", "demo-db-1", "never", 0.0)

    one = attachment(Hearing(), Endless())
    one.take(of(ContainerStarted(), "db"))
    await asyncio.wait_for(one.drain(0.01), 5)
