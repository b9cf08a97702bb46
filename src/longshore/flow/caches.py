"""The flows of `cache`: what an engine keeps of images and builds, and taking away what nothing needs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from longshore.engine.capabilities import Caches, caching
from longshore.flow.choice.choose import asked_engine
from longshore.flow.home import Where
from longshore.state.caches import Kept, to_remove

__all__ = ["cached", "prunable", "prune"]


async def cached(where: Where) -> tuple[Kept, ...]:
    """What is there, the biggest first."""
    async with _opened(where) as cache:
        return await cache.cached()


async def prunable(where: Where, *, before: float, most: int | None) -> tuple[Kept, ...]:
    """What `prune` would remove."""
    async with _opened(where) as cache:
        return to_remove(await cache.cached(), before=before, most=most)


async def prune(where: Where, *, before: float, most: int | None) -> tuple[Kept, ...]:
    """Remove what nothing needs and was last of use `before` that time, and the oldest until no more than `most` bytes
    are left; what has gone."""
    async with _opened(where) as cache:
        return await cache.prune(before=before, most=most)


@contextlib.asynccontextmanager
async def _opened(where: Where) -> AsyncIterator[Caches]:
    engine = where.engines.open(asked_engine(where.engine, where.environ, None) or "native")
    try:
        yield caching(engine)
    finally:
        await engine.close()
