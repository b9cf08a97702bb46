"""When to probe next, and what the answers mean. Pure: time comes in as numbers.

While a service starts, a success counts whenever it comes, and a failure only where Docker would have probed: one
interval after the start, and one interval after the end of the last such probe. What began in the start period does
not count either. After the first success the declared interval and retries rule alone."""

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
    """What is known of one service: its status, how many failures in a row count, and when, in seconds after the start,
    the next one counts (0: as long after the start as the interval is)."""

    status: Status = "starting"
    failed: int = 0
    due: float = 0.0

    def after(self, ok: bool, began: float, ended: float, check: HealthCheck) -> Tally:
        """The tally after one more probe; its times are seconds after the start of the service."""
        if ok:
            return Tally("healthy")
        due = self.due
        if self.status == "starting":
            if began < self.counts_from(check):
                return self
            due = ended + check.every
            if began < (check.start_period or 0.0):
                return replace(self, due=due)
        failed = self.failed + 1
        return Tally("unhealthy" if failed >= check.failures else self.status, failed, due)

    def counts_from(self, check: HealthCheck) -> float:
        """Seconds after the start from which on a failure of a service that starts is one of the declared probes."""
        return self.due or check.every


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
    return min(pause, max(tally.counts_from(check) - elapsed, shortest))
