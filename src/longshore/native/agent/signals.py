"""Signals by name or number, as people write them."""

from __future__ import annotations

import signal

from longshore.model.errors import ShoreError
from longshore.model.signals import real_time, signal_name

__all__ = ["signal_number"]


def signal_number(name: str) -> int:
    """The number of "SIGTERM", "TERM", "SIGRTMIN+3" or "15". Raises ShoreError."""
    if name.isdigit():
        return int(name)
    full = signal_name(name)
    if (number := real_time(full)) is not None:
        return number
    try:
        return signal.Signals[full]
    except KeyError:
        raise ShoreError(f'"{name}" is not a signal', hint="use a name such as SIGTERM, or its number") from None
