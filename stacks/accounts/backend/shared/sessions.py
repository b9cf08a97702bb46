"""Sessions that have ended while their access tokens are still good: every service asks here."""

from collections.abc import Sequence

from redis.asyncio import Redis

__all__ = ["end_in_cache", "is_ended"]


async def end_in_cache(redis: Redis, sessions: Sequence[str], seconds: int) -> None:
    """Remembered for as long as an access token of theirs can live."""
    if not sessions:
        return
    async with redis.pipeline(transaction=True) as pipe:
        for session in sessions:
            pipe.set(f"session:ended:{session}", 1, ex=seconds + 60)
        await pipe.execute()


async def is_ended(redis: Redis, session: str) -> bool:
    return bool(await redis.exists(f"session:ended:{session}"))
