"""The board: who waits for what, and why it can never come."""

from __future__ import annotations

import asyncio

import pytest

from longshore.health.wait import Board, ServiceFailed
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.state.events import (
    ContainerDied,
    ContainerHealth,
    ContainerStarted,
    ContainerStarting,
    ContainerStopped,
    Event,
)


async def feed(board: Board, *events: Event) -> None:
    for event in events:
        await board.feed(replace(event, service="db", container="demo-db-1"))


STARTED = ContainerStarted()
HEALTHY = ContainerHealth(status="healthy")


async def test_healthy_wakes_the_waiter() -> None:
    board = Board(frozenset({"db"}))
    waiter = asyncio.create_task(board.until("db", "service_healthy", ["demo-db-1"]))
    await feed(board, STARTED, ContainerHealth(status="starting", output="no"))
    await asyncio.sleep(0)
    assert not waiter.done()
    await feed(board, HEALTHY)
    await asyncio.wait_for(waiter, 1)


async def test_what_has_no_check_never_becomes_healthy() -> None:
    board = Board()
    waiter = asyncio.create_task(board.until("db", "service_healthy", ["demo-db-1"]))
    await feed(board, ContainerStarted(unchecked=True))
    with pytest.raises(ServiceFailed, match="has no health check, so it never becomes healthy") as failed:
        await asyncio.wait_for(waiter, 1)
    assert "service_started" in failed.value.hint
    await asyncio.wait_for(board.until("db", "service_started", ["demo-db-1"]), 1)
    await asyncio.wait_for(board.until("db", "ready", ["demo-db-1"]), 1)


async def test_unhealthy_says_what_the_probe_printed() -> None:
    board = Board()
    await feed(board, STARTED, ContainerHealth(status="unhealthy", output="connection refused"))
    with pytest.raises(ServiceFailed, match="db: unhealthy") as caught:
        await board.until("db", "service_healthy", ["demo-db-1"])
    assert caught.value.last_output == "connection refused"


async def test_a_dead_service_fails_its_dependents_at_once() -> None:
    board = Board()
    await feed(board, STARTED, ContainerDied(exit_code=3, seconds=0.4))
    with pytest.raises(ServiceFailed, match=r"exited with code 3, 0\.4 s after start"):
        await board.until("db", "service_healthy", ["demo-db-1"])


async def test_a_one_shot_that_ends_with_zero_is_success() -> None:
    board = Board(frozenset({"db"}))
    await feed(board, STARTED, ContainerDied(exit_code=0))
    await board.until("db", "service_completed_successfully", ["demo-db-1"])
    await board.until("db", "ready", ["demo-db-1"])
    with pytest.raises(ServiceFailed, match="before it was healthy"):
        await board.until("db", "service_healthy", ["demo-db-1"])


async def test_a_restarting_service_is_waited_for_but_not_for_ever() -> None:
    board = Board()
    waiter = asyncio.create_task(board.until("db", "service_healthy", ["demo-db-1"]))
    for _ in range(3):
        await feed(board, STARTED, ContainerDied(exit_code=1, restarting=True))
    await asyncio.sleep(0)
    assert not waiter.done()
    await feed(board, STARTED, ContainerDied(exit_code=1, restarting=True))
    with pytest.raises(ServiceFailed, match="exited with code 1, 4 times in a row"):
        await waiter


async def test_words_of_the_replaced_container_do_not_count() -> None:
    board = Board()
    await feed(board, STARTED, HEALTHY, ContainerStarting(), HEALTHY, ContainerStopped(exit_code=0))
    waiter = asyncio.create_task(board.until("db", "service_healthy", ["demo-db-1"]))
    await asyncio.sleep(0)
    assert not waiter.done()
    await feed(board, STARTED, HEALTHY)
    await asyncio.wait_for(waiter, 1)


async def test_ready_without_a_health_check_is_running() -> None:
    board = Board()
    await feed(board, STARTED)
    await board.until("db", "ready", ["demo-db-1"])


async def test_a_broken_stream_wakes_everyone() -> None:
    board = Board()
    waiter = asyncio.create_task(board.until("db", "service_healthy", ["demo-db-1"]))
    await asyncio.sleep(0)
    await board.fail(ShoreError("the engine went away"))
    with pytest.raises(ShoreError, match="went away"):
        await waiter


async def test_a_service_without_a_check_is_ready_once_it_has_run_a_moment() -> None:
    board = Board(checked=frozenset({"db"}))
    for service in ("db", "web"):
        await board.feed(ContainerStarted(service, f"p-{service}-1", time=100.0))
    assert board.unsettled(["p-db-1", "p-web-1"], 100.05) == pytest.approx(0.15)
    assert board.unsettled(["p-db-1"], 100.05) == 0, "its check tells"
    assert board.unsettled(["p-web-1"], 130.0) <= 0
    await board.feed(ContainerDied("web", "p-web-1", 100.1, exit_code=3))
    assert board.unsettled(["p-web-1"], 100.1) == 0
    with pytest.raises(ServiceFailed, match="exited with code 3"):
        await board.until("web", "ready", ["p-web-1"])


async def test_deaths_are_counted_in_a_row_only() -> None:
    """A service that came back and was well begins anew: four deaths over a long life are not four in a row."""
    board = Board(frozenset({"db"}))
    for _ in range(3):
        await feed(board, STARTED, ContainerDied(exit_code=1, restarting=True))
    await feed(board, STARTED, HEALTHY, ContainerDied(exit_code=1, restarting=True))
    waiter = asyncio.create_task(board.until("db", "service_healthy", ["demo-db-1"]))
    await asyncio.sleep(0)
    assert not waiter.done()
    await feed(board, STARTED, HEALTHY)
    await asyncio.wait_for(waiter, 1)


async def test_a_container_that_was_stopped_does_not_run() -> None:
    board = Board(frozenset())
    await feed(board, STARTED)
    assert board.meets("db", "service_started", ["demo-db-1"])
    await feed(board, ContainerStopped(exit_code=0))
    assert not board.meets("db", "service_started", ["demo-db-1"])
