"""What the events of a start say: when each service began and was ready, and what went wrong on the way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from longshore.model.record import record, replace
from longshore.state.events import ContainerDied, ContainerHealth, ContainerStarted, Event

__all__ = ["Begun", "starts_of", "timeline"]


@record
class Begun:
    """One service's start, in seconds since 1970, 0 where it did not come to it. `began` its first container's first
    start; `healthy`: its last one's; `ended` with `code`; `deaths` before it stayed, not counting an end with 0."""

    service: str
    began: float = 0.0
    healthy: float = 0.0
    ended: float = 0.0
    code: int = 0
    deaths: tuple[float, ...] = ()

    @property
    def ready(self) -> float:
        """When others could use it: healthy, else ended well, else started."""
        return self.healthy or (self.ended if self.ended and self.code == 0 else 0.0) or self.began

    @property
    def how(self) -> str:
        """What it came to, in words."""
        return "healthy" if self.healthy else f"ended with {self.code}" if self.ended else "started"


def starts_of(events: Iterable[Event]) -> Mapping[str, Begun]:
    """By service."""
    found: dict[str, Begun] = {}
    for event in events:
        if not event.service:
            continue
        one = found.setdefault(event.service, Begun(event.service))
        found[event.service] = _with(one, event)
    return {name: one for name, one in found.items() if one.began}


def _with(one: Begun, event: Event) -> Begun:
    if isinstance(event, ContainerStarted):
        healthy = event.time if event.health == "healthy" and not one.healthy else one.healthy
        return replace(one, began=one.began or event.time, healthy=healthy)
    if isinstance(event, ContainerHealth) and event.status == "healthy" and not one.healthy:
        return replace(one, healthy=event.time)
    if isinstance(event, ContainerDied) and not event.past:
        deaths = (*one.deaths, event.time) if event.exit_code else one.deaths
        return replace(one, ended=event.time, code=event.exit_code, deaths=deaths)
    return one


def timeline(events: Iterable[Event], began: float) -> str:
    """The start as a table of times, the first service first; seconds from `began`. Empty without any."""
    rows = sorted(starts_of(events).values(), key=lambda one: one.began)
    width = max((len(row.service) for row in rows), default=0)
    return "\n".join(
        f"{row.service:<{width}}  started {row.began - began:6.2f} s  {_end(row, began)}".rstrip() for row in rows
    )


def _end(row: Begun, began: float) -> str:
    if row.healthy:
        return f"healthy {row.healthy - began:6.2f} s"
    return f"ended with {row.code} {row.ended - began:6.2f} s" if row.ended else ""
