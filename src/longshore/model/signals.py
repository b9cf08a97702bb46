"""Signals by name, as people write them."""

from __future__ import annotations

import re

__all__ = ["real_time", "signal_name"]

_REAL_TIME = re.compile(r"SIGRT(?:(MIN)(?:\+(\d+))?|MAX(?:-(\d+))?)")
_FIRST, _LAST = 34, 64
_MOST_ABOVE, _MOST_BELOW = 15, 14
"""Docker names each of them from one side only (moby/sys/signal)."""


def signal_name(text: str) -> str:
    """ "SIGTERM" of "term"; nothing is checked."""
    upper = text.upper()
    return upper if upper.startswith("SIG") else f"SIG{upper}"


def real_time(name: str) -> int | None:
    """The number of "SIGRTMIN+3" or "SIGRTMAX-1", as Docker counts them; None for every other name."""
    found = _REAL_TIME.fullmatch(name)
    if not found:
        return None
    if found[1]:
        above = int(found[2] or 0)
        return _FIRST + above if above <= _MOST_ABOVE else None
    below = int(found[3] or 0)
    return _LAST - below if below <= _MOST_BELOW else None
