"""Every state of a container and everything that can be waited for; the borders of the schedule."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from longshore.health.monitor import ProbeResult, monitor
from longshore.health.schedule import LONGEST, SHORTEST, Tally, next_delay
from longshore.health.wait import HOPELESS, SETTLED, Board, ServiceFailed, Wanted
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import replace
from longshore.state.events import (
    ContainerCreated,
    ContainerDied,
    ContainerHealth,
    ContainerRemoved,
    ContainerStarted,
    ContainerStarting,
    ContainerStopped,
    Event,
)

NAME = "demo-db-1"
STARTED, DIED = ContainerStarted(), ContainerDied(exit_code=1, seconds=2.0)
AGAIN = ContainerDied(exit_code=1, restarting=True)
WELL, ILL = ContainerHealth(status="healthy"), ContainerHealth(status="unhealthy", output="no")
KINDS: tuple[Wanted, ...] = ("service_started", "service_healthy", "service_completed_successfully", "ready")


async def board_of(*events: Event, checked: bool = False) -> Board:
    board = Board(frozenset({"db"} if checked else ()))
    for event in events:
        await board.feed(replace(event, service="db", container=NAME))
    return board


async def verdict(board: Board, wanted: Wanted) -> str:
    """ "+" it is so, "-" it can never be, "." it may still come."""
    try:
        await asyncio.wait_for(board.until("db", wanted, [NAME]), 0.005)
    except ServiceFailed:
        return "-"
    except TimeoutError:
        return "."
    return "+"


@pytest.mark.parametrize(
    ("events", "checked", "verdicts"),
    [
        ((), False, "...."),
        ((ContainerCreated(),), False, "...."),
        ((ContainerStarting(),), False, "...."),
        ((STARTED,), False, "+..+"),
        ((STARTED,), True, "+..."),
        ((ContainerStarted(health="healthy"),), True, "++.+"),
        ((ContainerStarted(health="unhealthy"),), True, "+-.-"),
        ((ContainerStarted(unchecked=True),), False, "+-.+"),
        ((STARTED, ContainerHealth(status="starting")), True, "+..."),
        ((STARTED, WELL), True, "++.+"),
        ((STARTED, ILL), True, "+-.-"),
        ((STARTED, DIED), False, "----"),
        ((STARTED, ContainerDied(exit_code=0)), False, "+-++"),
        ((STARTED, ContainerDied(exit_code=0, restarting=True)), False, "...."),
        ((STARTED, AGAIN), False, "...."),
        ((STARTED, *[AGAIN] * (HOPELESS - 1)), False, "...."),
        ((STARTED, *[AGAIN] * HOPELESS), False, "----"),
        ((STARTED, *[AGAIN] * HOPELESS, STARTED), False, "+..+"),
        ((STARTED, DIED, STARTED), False, "+..+"),
        ((STARTED, DIED, ContainerStarting()), False, "...."),
        ((STARTED, WELL, DIED, STARTED), True, "+..."),
        ((STARTED, WELL, ContainerRemoved()), True, "...."),
        ((STARTED, AGAIN, ContainerStopped(exit_code=1)), False, "...."),
        ((WELL,), True, "...."),
    ],
)
async def test_verdicts(events: tuple[Event, ...], checked: bool, verdicts: str) -> None:
    board = await board_of(*events, checked=checked)
    found = "".join([await verdict(board, wanted) for wanted in KINDS])
    assert found == verdicts
    assert "".join("+" if board.meets("db", wanted, [NAME]) else "?" for wanted in KINDS) == found.replace(
        "-", "?"
    ).replace(".", "?")


async def failure(*events: Event, wanted: Wanted = "service_healthy") -> ServiceFailed:
    with pytest.raises(ServiceFailed) as caught:
        await (await board_of(*events)).until("db", wanted, [NAME])
    assert (caught.value.service, caught.value.container) == ("db", NAME)
    return caught.value


async def test_failures_in_words() -> None:
    died = await failure(STARTED, DIED)
    assert (str(died.what), died.ended_with) == ("db: exited with code 1, 2.0 s after start", 1)
    ended = ContainerDied(exit_code=0, seconds=2.0)
    assert (await failure(STARTED, ended)).what == "db: ended with code 0 before it was healthy"
    ill = await failure(STARTED, ILL)
    assert (ill.what, ill.ended_with, ill.last_output, ill.hint) == ("db: unhealthy", None, "no", "")
    assert (await failure(STARTED, *[AGAIN] * 5)).what == "db: exited with code 1, 5 times in a row"
    silent = await failure(STARTED, ContainerHealth(status="unhealthy", output=" \n", exit_code=7))
    assert "7" in silent.last_output


async def test_one_container_that_fails_is_enough_and_all_have_to_be_ready() -> None:
    board = Board()
    for number in (1, 2):
        await board.feed(ContainerStarted("web", f"demo-web-{number}"))
    names = ["demo-web-1", "demo-web-2"]
    assert board.meets("web", "ready", names)
    await board.feed(ContainerDied("web", "demo-web-2", exit_code=4))
    assert not board.meets("web", "ready", names)
    with pytest.raises(ServiceFailed, match="exited with code 4") as caught:
        await board.until("web", "ready", names)
    assert caught.value.container == "demo-web-2"
    assert not Board().meets("web", "ready", names)


async def test_an_event_of_no_container_says_nothing() -> None:
    board = await board_of()
    await board.feed(ContainerStarted("db", ""))
    assert board.unsettled([""], 0.0) == 0.0


async def test_what_was_said_last() -> None:
    board = await board_of(STARTED, ContainerHealth(status="starting", output="connection refused", exit_code=1))
    assert "connection refused" in board.last_said(["none", NAME])
    await board.feed(replace(DIED, service="db", container=NAME))
    assert board.last_said([NAME]) == "", "it does not run"
    assert (await board_of(STARTED)).last_said([NAME]) == ""


async def test_a_moment_is_counted_from_the_start() -> None:
    board = Board()
    await board.feed(ContainerStarted("db", NAME, 10.0))
    await board.feed(ContainerStarted("web", "demo-web-1", 10.1))
    assert board.unsettled([NAME, "demo-web-1"], 10.1) == pytest.approx(SETTLED)
    assert board.unsettled([NAME], 10.0 + SETTLED) == pytest.approx(0.0)
    assert board.unsettled([], 0.0) == 0.0


CHECK = HealthCheck(("CMD", "true"), interval=10, timeout=2, retries=2, start_period=15)


@pytest.mark.parametrize(
    ("tally", "began", "ended", "after"),
    [
        (Tally(), 9.9, 10.0, Tally()),
        (Tally(), 10.0, 10.5, Tally("starting", 0, 20.5)),
        (Tally(due=20.5), 20.4, 20.4, Tally(due=20.5)),
        (Tally(due=14.0), 14.9, 15.1, Tally("starting", 0, 25.1)),
        (Tally(due=14.0), 15.0, 15.1, Tally("starting", 1, 25.1)),
        (Tally("starting", 1, 25.1), 25.1, 26.0, Tally("unhealthy", 2, 36.0)),
        (Tally("healthy"), 1.0, 1.0, Tally("healthy", 1, 0.0)),
        (Tally("healthy", 1), 1.0, 1.0, Tally("unhealthy", 2, 0.0)),
        (Tally("unhealthy", 2), 1.0, 1.0, Tally("unhealthy", 3, 0.0)),
    ],
)
def test_which_failure_counts(tally: Tally, began: float, ended: float, after: Tally) -> None:
    assert tally.after(False, began, ended, CHECK) == after
    assert tally.after(True, began, ended, CHECK) == Tally("healthy")


def test_without_a_start_period_every_declared_failure_counts() -> None:
    check = replace(CHECK, start_period=None)
    assert Tally().after(False, 10.0, 10.0, check) == Tally("starting", 1, 20.0)


@pytest.mark.parametrize(
    ("elapsed", "took", "signs", "delay"),
    [
        (0.0, 0.0, {}, SHORTEST), (0.0, 0.0, {"shortest": 0.05}, 0.05), (4.0, 0.0, {}, 0.2), (2.0, 0.5, {}, 0.5),
        (2.0, 5.0, {}, LONGEST), (2.0, 0.01, {"silent": True}, 0.4), (2.0, 0.001, {"silent": True}, 0.1),
        (2.0, 0.0, {"hopeless": True}, LONGEST), (9.95, 0.5, {}, 0.05), (9.99, 0.5, {}, SHORTEST),
        (12.0, 0.5, {}, SHORTEST), (9.5, 0.0, {"hopeless": True}, 0.5),
    ],
)  # fmt: skip
def test_when_to_ask_again(elapsed: float, took: float, signs: dict[str, Any], delay: float) -> None:
    assert next_delay(Tally(), elapsed, took, CHECK, **signs) == pytest.approx(delay)
    assert next_delay(Tally(due=elapsed + 0.03), elapsed, 0.5, CHECK) == pytest.approx(0.03)


async def test_a_service_that_stays_well_is_reported_once() -> None:
    answers, seen, slept = iter([0, 0, 1, 0]), list[str](), list[float]()

    async def run(test: tuple[str, ...], patience: float) -> ProbeResult:
        code = next(answers, None)
        if code is None:
            raise asyncio.CancelledError
        return ProbeResult(code)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with pytest.raises(asyncio.CancelledError):
        await monitor(CHECK, run, lambda status, _: seen.append(status), shortest=0.07, clock=lambda: 0.0, sleep=sleep)
    assert seen == ["healthy"]
    assert slept == [0.07, 10, 10, 10, 10]
    assert [ProbeResult(code).ok for code in (0, 1, -1)] == [True, False, False]
