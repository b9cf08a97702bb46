"""Whether a command gets a terminal."""

from __future__ import annotations

import sys

__all__ = ["wants_tty"]


def wants_tty(refused: bool, detached: bool) -> bool:
    """A terminal unless -T refuses it, nobody waits for the command, or this process has none itself."""
    return not refused and not detached and sys.stdin.isatty() and sys.stdout.isatty()
