"""Ctrl-C as something that a flow answers, once and once more."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterable

__all__ = ["interrupts"]


@contextlib.asynccontextmanager
async def interrupts(
    asked: Callable[[], None],
    again: Callable[[], None],
    signals: Iterable[signal.Signals] = (signal.SIGINT, signal.SIGTERM),
) -> AsyncIterator[None]:
    """While the block runs, the first Ctrl-C or SIGTERM calls `asked`, each further one `again`."""
    loop, count = asyncio.get_running_loop(), 0
    chosen = tuple(signals)

    def arrived() -> None:
        nonlocal count
        count += 1
        (asked if count == 1 else again)()

    for number in chosen:
        loop.add_signal_handler(number, arrived)
    try:
        yield
    finally:
        for number in chosen:
            loop.remove_signal_handler(number)
