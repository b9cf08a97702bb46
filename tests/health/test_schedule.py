"""The eager schedule: a success counts at once, a failure only at the deadline."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from longshore.health.monitor import ProbeResult, monitor
from longshore.health.schedule import Tally, next_delay
from longshore.model.healthcheck import HealthCheck

CHECK = HealthCheck(("CMD", "true"), interval=10, timeout=2, retries=3, start_period=5)


def test_a_failure_while_starting_never_counts_before_the_deadline() -> None:
    assert CHECK.deadline == 5 + 3 * 12
    tally = Tally()
    for elapsed in (0.1, 5, 20, 40.9):
        tally = tally.after(False, elapsed, CHECK)
    assert tally.status == "starting"
    assert tally.after(False, 41, CHECK).status == "unhealthy"


def test_after_the_first_success_retries_rule() -> None:
    tally = Tally().after(True, 0.1, CHECK)
    for _ in range(2):
        tally = tally.after(False, 50, CHECK)
    assert tally.status == "healthy"
    assert tally.after(False, 60, CHECK).status == "unhealthy"
    assert tally.after(True, 60, CHECK).status == "healthy"


def test_readiness_is_seen_at_most_five_percent_late() -> None:
    times = [0.0]
    while times[-1] < 30:
        times.append(times[-1] + next_delay(Tally(), times[-1], 0.001, CHECK))
    for earlier, later in itertools.pairwise(times):
        assert later - earlier <= max(0.02, earlier * 0.05) + 1e-9
    assert len(times) < 160


def test_an_expensive_probe_leaves_room() -> None:
    assert next_delay(Tally(), 0.1, 0.4, CHECK) == pytest.approx(0.4)
    assert next_delay(Tally(), 500, 9, HealthCheck(interval=1000)) == 1.0


def test_a_healthy_service_is_asked_at_its_interval() -> None:
    assert next_delay(Tally("healthy"), 3, 0.1, CHECK) == 10
    assert next_delay(Tally("healthy"), 3, 0.1, HealthCheck()) == 30


async def test_the_monitor_reports_changes_and_the_last_output() -> None:
    answers = iter([1, 1, 0, 0, 1, 1, 1, 0])
    seen: list[tuple[str, str]] = []
    now = 0.0

    async def run(test: tuple[str, ...], timeout: float) -> ProbeResult:
        assert (test, timeout) == (("CMD", "true"), 2)
        code = next(answers, None)
        if code is None:
            raise asyncio.CancelledError
        return ProbeResult(code, f"said {code}")

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    with pytest.raises(asyncio.CancelledError):
        await monitor(
            CHECK, run, lambda status, result: seen.append((status, result.output)), clock=lambda: now, sleep=sleep
        )
    assert seen == [
        ("starting", "said 1"),
        ("starting", "said 1"),
        ("healthy", "said 0"),
        ("unhealthy", "said 1"),
        ("healthy", "said 0"),
    ]
