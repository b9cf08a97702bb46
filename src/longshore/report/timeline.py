"""The start-up as times: when each service began and was ready, and the chain that made the whole as long as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from longshore.model.record import record

__all__ = ["Lap", "critical_path"]


@record
class Lap:
    """One service's start: `began` when it was started, `ready` when others could use it; in seconds of one clock."""

    service: str
    began: float
    ready: float


SLACK = 0.002
"""Seconds by which two clocks readings of one machine may contradict each other."""


def critical_path(laps: Mapping[str, Lap], needs: Mapping[str, Iterable[str]], began: float) -> list[tuple[str, float]]:
    """From the first to the last: each service whose readiness the next one waited for, and the seconds it took of
    its own after that; the first one's count from `began`. What became ready only after the next one had been started
    was not waited for, and is no part of it."""
    if not laps:
        return []
    path: list[tuple[str, float]] = []
    lap: Lap | None = max(laps.values(), key=lambda one: one.ready)
    while lap is not None:
        started = lap.began + SLACK
        before = [laps[name] for name in needs.get(lap.service, ()) if name in laps and laps[name].ready <= started]
        last = max(before, key=lambda one: one.ready, default=None)
        path.append((lap.service, lap.ready - (last.ready if last else began)))
        lap = last
    return path[::-1]
