"""Work that is not to be broken off halfway: what it has made by then would be nobody's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["whole"]

T = TypeVar("T")


async def whole(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is brought to its end; who is cancelled meanwhile is told of it only then."""
    task = asyncio.ensure_future(work)
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # seen: a cancelled caller does not want to know
    raise cancelled
