"""How often something may be tried: counters in Redis that forget by themselves.

They count per address of a mail, known here or not, so that an answer never tells whether there is an account.
"""

from redis.asyncio import Redis

from app.settings import Settings
from app.store import normal
from backend.shared.errors import too_many
from backend.shared.security import digest_of

__all__ = ["Limits"]


class Limits:
    def __init__(self, redis: Redis, settings: Settings) -> None:
        self.redis, self.settings = redis, settings

    async def _count(self, name: str, seconds: int) -> int:
        """One more within `seconds` of the first."""
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(name, 0, ex=seconds, nx=True)
            pipe.incr(name)
            return int((await pipe.execute())[1])

    async def _within(self, name: str, most: int, seconds: int, detail: str) -> None:
        if await self._count(name, seconds) > most:
            raise too_many("too_many", detail, await self.redis.ttl(name))

    async def mail(self, email: str, address: str) -> None:
        """Before a mail is sent because somebody asked. Refused(429) when too many asked."""
        settings = self.settings
        await self._within(
            f"limit:address:{address}",
            settings.requests_per_window,
            settings.window_seconds,
            "too many requests from here; wait a little",
        )
        await self._within(
            f"limit:mail:{_named(email)}",
            settings.mails_per_window,
            settings.window_seconds,
            "this address was sent enough mails; look for them, or wait a little",
        )

    async def before_password(self, email: str, address: str) -> None:
        """Before a password is looked at. Refused(429), with how long, when the account is locked."""
        left = await self.redis.ttl(_lock(email))
        if left > 0:
            raise locked(left)
        tried = await self.redis.get(f"limit:wrong:{address}")
        if tried is not None and int(tried) >= self.settings.requests_per_window:
            left = await self.redis.ttl(f"limit:wrong:{address}")
            raise too_many("too_many", "too many wrong passwords from here; wait a little", left)

    async def wrong_password(self, email: str, address: str) -> bool:
        """Count one more; True when it locks the account."""
        settings = self.settings
        await self._count(f"limit:wrong:{address}", settings.window_seconds)
        if await self._count(f"login:wrong:{_named(email)}", settings.lock_seconds) < settings.lock_after:
            return False
        return bool(await self.redis.set(_lock(email), 1, ex=settings.lock_seconds, nx=True))

    async def forgive(self, email: str) -> None:
        """After the right password, or a new one: the account is open, and nothing is counted."""
        await self.redis.delete(_lock(email), f"login:wrong:{_named(email)}")


def _named(email: str) -> str:
    return digest_of(normal(email))[:32]


def _lock(email: str) -> str:
    return f"login:locked:{_named(email)}"


def locked(seconds: int) -> Exception:
    minutes = -(-seconds // 60)
    words = "a minute" if minutes == 1 else f"{minutes} minutes"
    return too_many("locked", f"too many wrong passwords: the account is locked for {words}", seconds)
