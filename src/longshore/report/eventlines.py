"""The lines of `shore events`. Pure."""

from __future__ import annotations

from typing import Any

from longshore.model.record import fields
from longshore.report.loglines import rfc3339
from longshore.report.times import address
from longshore.state.events import Event
from longshore.state.observed import Published

__all__ = ["event_line"]

_ALWAYS = frozenset({"exit_code"})
"""Facts that say something also when they are 0."""


def event_line(event: Event) -> str:
    """When, what, of whom, and the facts of its kind as far as there is something to say."""
    own = {name: getattr(event, name) for name in fields(event) if name not in fields(Event)}
    facts = "  ".join(f"{name}={_text(value)}" for name, value in own.items() if value or name in _ALWAYS)
    return f"{rfc3339(event.time)}  {event.kind:<22}{event.container or event.service}  {facts}".rstrip()


def _text(value: Any) -> str:
    if isinstance(value, Published):
        return address(value)
    return ",".join(_text(one) for one in value) if isinstance(value, tuple) else str(value)
