"""Times as people give them to --since and --until: how long ago, or a date."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from longshore.model.errors import UsageError
from longshore.model.quantities import seconds

__all__ = ["duration", "moment"]


def duration(text: str) -> float | None:
    """Seconds for "1m30s" or "2d"; None for anything else."""
    try:
        return None if text[:1] in "+-" else seconds(text)
    except ValueError:
        return None


def moment(flag: str, text: str | None, now: float, *, ahead: bool = False) -> float | None:
    """Seconds since the epoch for "42m" (ago; where the time may lie `ahead`, "+42m" from now), a Unix time, or an ISO
    date with or without a zone (then local)."""
    if not text:
        return None
    later = text.startswith("+") and ahead
    span = duration(text.removeprefix("+") if later else text)
    if span is not None:
        return now + span if later else now - span
    if re.fullmatch(r"\d{9,}(\.\d+)?", text):
        return float(text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        hint = "for example 10m, 2h30m, 2026-01-31 or 2026-01-31T12:00:00Z"
        raise UsageError(f"{flag}: {text!r} is not a time", hint=hint) from None
    return (when if when.tzinfo else when.astimezone()).astimezone(UTC).timestamp()
