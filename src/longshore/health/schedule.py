"""When to probe next, and what the answers mean. Pure: time comes in as numbers.

While a service starts, an eager success counts and an eager failure never does; only the declared deadline makes it
unhealthy. After the first success the declared interval and retries rule, as Docker's do."""

from __future__ import annotations

from typing import Literal

from longshore.model.healthcheck import HealthCheck
from longshore.model.record import record, replace

__all__ = ["Status", "Tally", "next_delay"]

Status = Literal["starting", "healthy", "unhealthy"]

SHORTEST, LONGEST = 0.02, 1.0
SHARE = 0.05
"""Eager probes come after 5 % of the time gone by, so that readiness is seen at most that much too late."""

UNHEARD = 0.25
"""Seconds before the first probe of a service that is known not to listen yet; it comes earlier when it does."""

THRIFT = 40
"""A service that is known not to listen yet is probed a fortieth of the time at most: probes run on its account."""


@record
class Tally:
    """What is known of one service: its status and how many probes failed in a row since it was healthy."""

    status: Status = "starting"
    failed: int = 0

    def after(self, ok: bool, elapsed: float, check: HealthCheck) -> Tally:
        """The tally after one more probe that ended `elapsed` seconds after the service started."""
        if ok:
            return Tally("healthy")
        if self.status == "starting":
            return replace(self, status="unhealthy") if elapsed >= check.deadline else self
        failed = self.failed + 1
        return Tally("unhealthy" if failed >= check.failures else self.status, failed)


def next_delay(
    tally: Tally,
    elapsed: float,
    took: float,
    check: HealthCheck,
    shortest: float = SHORTEST,
    *,
    silent: bool = False,
    hopeless: bool = False,
) -> float:
    """Seconds to wait before the next probe. `took` is how long the last one ran: an expensive probe must not starve
    the service it asks about, least of all one that is known to be `silent`; one that is known to be `hopeless` is
    not run before it has to be. `shortest` is the engine's own least pause: 0.02 s natively, 0.05 s on Docker."""
    if tally.status != "starting":
        return check.every
    pause = LONGEST if hopeless else min(LONGEST, max(shortest, elapsed * SHARE, took * THRIFT if silent else took))
    return min(pause, max(check.deadline - elapsed, shortest))
