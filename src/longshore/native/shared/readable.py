"""Waiting for a descriptor: a pipe or socket with something to read, a pidfd whose process has ended."""

from __future__ import annotations

import asyncio

__all__ = ["readable"]


async def readable(descriptor: int) -> None:
    """Return when `descriptor` can be read. Nothing is left on the event loop, also when cancelled."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(descriptor, _settle, ready)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
