"""This process's own terminal, while it is joined to a process of an engine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["raw_terminal"]


@contextmanager
def raw_terminal(wanted: bool) -> Iterator[None]:
    """Keys go to the container as they are typed, Ctrl-C too; the terminal is put back whatever happens."""
    if not wanted or not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor, termios.TCSADRAIN)  # what was typed already is kept
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
