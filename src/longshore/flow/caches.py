"""The flows of `cache`: what an engine keeps of images and builds, and taking away what nothing needs."""

from __future__ import annotations

from longshore.engine.capabilities import caching
from longshore.flow.home import Where, opened
from longshore.state.caches import Kept, to_remove

__all__ = ["cached", "prunable", "prune", "verify"]


async def cached(where: Where) -> tuple[Kept, ...]:
    """What is there, the biggest first."""
    async with opened(where) as engine:
        return await caching(engine).cached()


async def prunable(where: Where, *, before: float, most: int | None) -> tuple[Kept, ...]:
    """What `prune` would remove."""
    async with opened(where) as engine:
        return to_remove(await caching(engine).cached(), before=before, most=most)


async def prune(where: Where, *, before: float, most: int | None) -> tuple[Kept, ...]:
    """Remove what nothing needs and was last of use `before` that time, and the oldest until no more than `most` bytes
    are left; what has gone."""
    async with opened(where) as engine:
        return await caching(engine).prune(before=before, most=most)


async def verify(where: Where) -> tuple[Kept, ...]:
    """What is not whole any more; it is set aside, and made or fetched anew when it is wanted."""
    async with opened(where) as engine:
        return await caching(engine).verify_cache()
