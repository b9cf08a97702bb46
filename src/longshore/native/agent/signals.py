"""Signals by name or number, as people write them."""

from __future__ import annotations

import signal

from longshore.model.errors import ShoreError

__all__ = ["signal_number"]


def signal_number(name: str) -> int:
    """The number of "SIGTERM", "TERM" or "15". Raises ShoreError."""
    if name.isdigit():
        return int(name)
    full = name.upper() if name.upper().startswith("SIG") else f"SIG{name.upper()}"
    try:
        return signal.Signals[full]
    except KeyError:
        raise ShoreError(f'"{name}" is not a signal', hint="use a name such as SIGTERM, or its number") from None
