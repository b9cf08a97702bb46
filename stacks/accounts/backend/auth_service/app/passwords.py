"""Passwords: Argon2id, worked out in threads so that nobody waits for another's."""

import secrets

from anyio import to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["hashed", "matches"]

# RFC 9106's and OWASP's low-memory profile: 19 MiB, two passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_nobodys = _hasher.hash(secrets.token_hex(16))


async def hashed(password: str) -> str:
    return await to_thread.run_sync(_hasher.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Takes as long for an unknown person (`stored` is None) as for a known one."""
    return await to_thread.run_sync(_matches, stored, password)


def _matches(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(stored or _nobodys, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
