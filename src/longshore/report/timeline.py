"""The start-up as times: when each service began and was ready, and the chain that made the whole as long as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from longshore.model.record import record

__all__ = ["Lap", "critical_path"]


@record
class Lap:
    """One service's start: `began` when work on it could have begun at the earliest, `ready` when others could use
    it; both in seconds of one clock."""

    service: str
    began: float
    ready: float


def critical_path(laps: Mapping[str, Lap], needs: Mapping[str, Iterable[str]]) -> list[tuple[str, float]]:
    """From the first to the last: each service whose readiness the next one waited for, and the seconds it took of
    its own after that. Services that were ready before are no part of it."""
    if not laps:
        return []
    path: list[tuple[str, float]] = []
    lap: Lap | None = max(laps.values(), key=lambda one: one.ready)
    while lap is not None:
        before = [laps[name] for name in needs.get(lap.service, ()) if name in laps and laps[name].ready <= lap.ready]
        last = max(before, key=lambda one: one.ready, default=None)
        path.append((lap.service, lap.ready - (max(last.ready, lap.began) if last else lap.began)))
        lap = last
    return path[::-1]
