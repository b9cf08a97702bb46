"""Waiting for services: a board that reads the event stream and answers when a condition holds, or why it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Literal

from longshore.model.errors import ShoreError
from longshore.model.record import factory, record
from longshore.model.service import Condition
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
from longshore.state.probes import probe_said

__all__ = ["Board", "ServiceFailed", "Wanted"]

Wanted = Condition | Literal["ready"]
"""A dependency's condition, or "ready": what `up --wait` asks for (healthy; running when there is no check; a one-shot
that ended with 0)."""

HOPELESS = 4
"""Deaths in a row, in spite of a restart policy, after which nobody waits any longer."""

SETTLED = 0.2
"""Seconds that a service without a health check must have run before it is called ready: one that cannot work at all
ends sooner, and nothing else tells."""

Verdict = Literal["yes", "no", "not yet"]


class ServiceFailed(ShoreError):
    """A service cannot meet what is waited for. `service` and `container` say which; `last_output` is what its last
    probe printed; `ended_with` is its exit code, None while it runs."""

    def __init__(
        self, what: str, *, service: str, container: str, exit_code: int | None = None, last_output: str = "",
        hint: str = "",
    ) -> None:  # fmt: skip
        super().__init__(what, hint=hint)
        self.service = service
        self.container = container
        self.ended_with = exit_code
        self.last_output = last_output


@record(frozen=False)
class _Seen:
    service: str
    running: bool = False
    began: float = 0.0
    health: str = ""
    exit_code: int | None = None
    restarting: bool = False
    ran: float = 0.0
    deaths: int = 0
    last_output: str = ""


@record(frozen=False)
class Board:
    """Feed it every event; ask it with `until`. `checked` names the services that have a health check to wait for."""

    checked: frozenset[str] = frozenset()
    _seen: dict[str, _Seen] = factory(default_factory=dict)
    _changed: asyncio.Condition = factory(default_factory=asyncio.Condition)
    _broken: ShoreError | None = None

    async def feed(self, event: Event) -> None:
        """Take in one event and wake those who wait."""
        if not event.container:
            return
        seen = self._seen.setdefault(event.container, _Seen(event.service))
        _update(seen, event)
        async with self._changed:
            self._changed.notify_all()

    async def fail(self, error: ShoreError) -> None:
        """The event stream broke (the engine died): everyone who waits gets this error."""
        async with self._changed:
            self._broken = error
            self._changed.notify_all()

    def unsettled(self, containers: Iterable[str], now: float) -> float:
        """Seconds from `now` (since the epoch) until each of these that runs without a check has run long enough; 0 or
        less when they have."""
        seen = [self._seen[name] for name in containers if name in self._seen]
        waits = [one.began + SETTLED - now for one in seen if one.running and one.service not in self.checked]
        return max(waits, default=0.0)

    def last_said(self, containers: Iterable[str]) -> str:
        """What the last failing probe of these containers said, in short; "" when none has failed."""
        outputs = [seen.last_output for name in containers if (seen := self._seen.get(name)) and seen.running]
        return next((probe_said(0, output) for output in outputs if output), "")

    def meets(self, service: str, wanted: Wanted, containers: Iterable[str]) -> bool:
        """Whether all `containers` of `service` meet `wanted` as far as is known now."""
        return all(self._judge(service, name, wanted) == "yes" for name in containers)

    async def until(self, service: str, wanted: Wanted, containers: Iterable[str]) -> None:
        """Return when all `containers` of `service` meet `wanted`; raise ServiceFailed when one never can."""
        names = tuple(containers)
        async with self._changed:
            while True:
                if self._broken:
                    raise self._broken
                verdicts = [self._judge(service, name, wanted) for name in names]
                for name, verdict in zip(names, verdicts, strict=True):
                    if verdict == "no":
                        raise self._failure(service, name, wanted)
                if all(verdict == "yes" for verdict in verdicts):
                    return
                await self._changed.wait()

    def _judge(self, service: str, container: str, wanted: Wanted) -> Verdict:
        seen = self._seen.get(container)
        if seen is None:
            return "not yet"
        if seen.restarting:
            return "no" if seen.deaths >= HOPELESS else "not yet"
        if seen.exit_code is not None:
            done = seen.exit_code == 0 and wanted in ("ready", "service_completed_successfully", "service_started")
            return "yes" if done else "no"
        if wanted == "service_completed_successfully" or not seen.running:
            return "not yet"
        if wanted == "service_started" or (wanted == "ready" and service not in self.checked):
            return "yes"
        return _HEALTH.get(seen.health, "not yet")

    def _failure(self, service: str, container: str, wanted: Wanted) -> ServiceFailed:
        seen = self._seen[container]
        hint = ""
        if seen.restarting:
            what = f"{service}: exited with code {seen.exit_code}, {seen.deaths} times in a row"
        elif seen.exit_code is not None:
            what = f"{service}: exited with code {seen.exit_code}, {seen.ran:.1f} s after start"
            if seen.exit_code == 0 and wanted == "service_healthy":
                what = f"{service}: ended with code 0 before it was healthy"
        elif seen.health == _UNCHECKED:
            what = f"{service}: has no health check, so it never becomes healthy"
            hint = f"give {service} a healthcheck, or wait for condition: service_started"
        else:
            what = f"{service}: unhealthy"
        return ServiceFailed(
            what, service=service, container=container, exit_code=seen.exit_code, last_output=seen.last_output,
            hint=hint,
        )  # fmt: skip


_UNCHECKED = "unchecked"
_HEALTH: dict[str, Verdict] = {"healthy": "yes", "unhealthy": "no", _UNCHECKED: "no"}


def _update(seen: _Seen, event: Event) -> None:
    match event:
        case ContainerStarted():
            _started(seen, event)
        case ContainerHealth():
            _health(seen, event)
        case ContainerDied():
            _died(seen, event)
        case ContainerCreated() | ContainerStarting() | ContainerStopped() | ContainerRemoved():
            seen.running, seen.health, seen.exit_code, seen.restarting = False, "", None, False


def _started(seen: _Seen, event: ContainerStarted) -> None:
    seen.running, seen.exit_code, seen.restarting = True, None, False
    seen.began = event.time
    seen.health = _UNCHECKED if event.unchecked else event.health


def _health(seen: _Seen, event: ContainerHealth) -> None:
    if not seen.running:
        return  # a late word of the container that this one replaces
    seen.health = event.status
    if seen.health == "healthy":
        seen.deaths = 0
    seen.last_output = event.output if event.output.strip() else probe_said(event.exit_code, "")


def _died(seen: _Seen, event: ContainerDied) -> None:
    seen.running, seen.health = False, ""
    seen.exit_code, seen.ran, seen.restarting = event.exit_code, event.seconds, event.restarting
    seen.deaths += 1
