"""A check: a criterion, and how it is tried. A family of checks is a module of `verify/families` that gives
`criteria(subject)`, which decides from the files alone what there is to try and does nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

from longshore.model.record import record
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.verify.live import Live
from longshore.verify.result import Criterion, Family, Seen, Verdict
from longshore.verify.settings import Settings

__all__ = ["Check", "Subject", "Touch", "holds", "ready_id", "short", "skipped"]


class Touch(StrEnum):
    """What a check does to the stack that it is tried on."""

    LOOKS = "looks"
    """Reads and asks; nothing is different afterwards."""
    DISTURBS = "disturbs"
    """Something is stopped, killed, or a file of the source changed, and put back: on `--fresh`, else on request."""
    DESTROYS = "destroys"
    """Data goes: on `--fresh` alone."""


@record
class Subject:
    """What is verified, as the files say it. `services` are those that were asked for (all without words), in the
    file's order. `oneshots` are services that are meant to end; `settings` is what x-longshore.verify says; `families`
    are those that are tried (all without any)."""

    stack: Stack
    services: tuple[str, ...]
    oneshots: frozenset[str] = frozenset()
    settings: Settings = Settings()
    families: tuple[Family, ...] = ()

    @property
    def chosen(self) -> tuple[Service, ...]:
        return tuple(self.stack.services[name] for name in self.services)

    @property
    def lasting(self) -> tuple[Service, ...]:
        """The chosen services that are to run on."""
        return tuple(service for service in self.chosen if service.name not in self.oneshots)


@record
class Check:
    """`run` tries it; what it raises is told as "could not be checked". `needs` are services that have to run and be
    ready, or the check is skipped: their own criterion tells why they are not. `limit` is the longest that it may take,
    in seconds. `does` says for people what a check that does not only look does ("stops web and starts it again").
    `causes` are ids of criteria: where one of those has fallen short, this one would only tell the same again, and is
    skipped. `aside`: it only looks, mostly at what does not run, and takes long; it begins at once and goes on beside
    the others. What it asks of a service it asks while it has `Live.turn`."""

    criterion: Criterion
    run: Callable[[Live], Awaitable[Seen]]
    touch: Touch = Touch.LOOKS
    does: str = ""
    needs: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    limit: float = 60.0
    aside: bool = False


def ready_id(service: str) -> str:
    """The id of the criterion that a service gets to its state."""
    return f"starts.ready.{service}"


def holds(expected: str, seen: str, **more: object) -> Seen:
    """It is so. `more` as the fields of Seen."""
    return Seen(Verdict.HOLDS, expected, seen, **more)  # type: ignore[arg-type]


def short(expected: str, seen: str, **more: object) -> Seen:
    """It is not so."""
    return Seen(Verdict.SHORT, expected, seen, **more)  # type: ignore[arg-type]


def skipped(reason: str) -> Seen:
    """Not tried, on purpose; `reason` is a sentence that a reader accepts."""
    return Seen(Verdict.SKIPPED, reason=reason)
