"""Watches one service's health: runs its declared test on schedule and reports every change of status."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from longshore.health.schedule import SHORTEST, UNHEARD, Status, Tally, next_delay
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import record

__all__ = ["ProbeResult", "Report", "RunProbe", "Signs", "monitor"]


@record
class ProbeResult:
    """One probe's outcome. `exit_code` 0 is success; -1 says that it ran out of time. `output` is at most 4 kB."""

    exit_code: int
    output: str = ""

    @property
    def ok(self) -> bool:
        return self.exit_code == 0


RunProbe = Callable[[tuple[str, ...], float], Awaitable[ProbeResult]]
"""Run the test (as HealthCheck.test holds it) within so many seconds; never raises for a failing probe."""

Report = Callable[[Status, ProbeResult], None]


class Signs(Protocol):
    """What an engine sees of a starting service without a probe."""

    @property
    def silent(self) -> bool:
        """Whether it is to listen somewhere and does not yet, so that a probe has little to find."""

    @property
    def hopeless(self) -> bool:
        """Whether the declared test must fail as long as nothing more listens."""

    @property
    def early(self) -> bool:
        """Whether the test may pass although nobody can use the service yet."""

    async def change(self, seconds: float) -> None:
        """Return as soon as it listens somewhere more, at the latest after so many seconds."""


async def monitor(
    check: HealthCheck,
    run: RunProbe,
    report: Report,
    *,
    shortest: float = SHORTEST,
    signs: Signs | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Probe until cancelled, never two at once. `report` is called at each change of status, and at every failure
    while the status is "starting" or "unhealthy" (so that the last output is known when someone asks why). While the
    service starts, `signs` bring the next probe forward; a success that they call early counts from the declared
    interval on, which is when it would first have been asked."""
    began = clock()
    tally, delay = Tally(), UNHEARD if signs and signs.silent else shortest
    while True:
        starting = tally.status == "starting"
        await (signs.change(delay) if signs and starting else sleep(delay))
        asked = clock()
        result = await run(check.test, check.patience)
        now = clock()
        early = starting and signs is not None and signs.early
        passed = result.ok and not (early and now - began < check.every)
        before, tally = tally, tally.after(passed, asked - began, now - began, check)
        if tally.status != before.status or tally.status != "healthy":
            report(tally.status, result)
        silent = signs is not None and signs.silent
        hopeless = early or (signs is not None and signs.hopeless)
        delay = next_delay(tally, now - began, now - asked, check, shortest, silent=silent, hopeless=hopeless)
