"""Work that goes on beside whoever began it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

__all__ = ["Tasks"]


class Tasks:
    """All tasks that one owner has begun and that have not ended: the event loop alone would not keep them."""

    def __init__(self) -> None:
        self._going: set[asyncio.Future[None]] = set()

    def begin(self, work: Awaitable[None]) -> asyncio.Future[None]:
        task = asyncio.ensure_future(work)
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        return task

    def cancel(self) -> None:
        for task in self._going:
            task.cancel()
