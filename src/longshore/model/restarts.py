"""When a container that ended is started again. Pure."""

from __future__ import annotations

from longshore.model.service import RestartPolicy

__all__ = ["SETTLED", "backoff", "restart_delay"]

SETTLED = 10.0
"""Seconds after which a start counts as having held, so that the next failure begins again with the shortest delay."""

_FIRST, _LONGEST = 0.1, 60.0


def restart_delay(policy: RestartPolicy, exit_code: int, attempt: int) -> float | None:
    """Seconds to wait before start `attempt` (1 for the first restart in a row); None when it stays down. Docker's
    delays: 0.1 s, doubling, unless the policy names its own."""
    if policy.condition == "no" or (policy.condition == "on-failure" and exit_code == 0):
        return None
    if policy.max_attempts and attempt > policy.max_attempts:
        return None
    if policy.delay is not None:
        return policy.delay
    return backoff(attempt)


def backoff(attempt: int) -> float:
    """Seconds that Docker waits before the `attempt`-th restart in a row."""
    return float(min(_FIRST * 2 ** min(attempt - 1, 16), _LONGEST))
