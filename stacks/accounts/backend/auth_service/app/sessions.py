"""Sign-ins: a session per sign-in, refresh tokens that rotate, and what happens when one is used twice."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from app.settings import Settings
from app.store import Account, Store
from backend.shared.security import Claims, issue, read, unauthorised
from backend.shared.sessions import end_in_cache, is_ended

__all__ = ["Pair", "Sessions"]

log = logging.getLogger("accounts.sessions")


@dataclass(frozen=True)
class Pair:
    """What a sign-in or a refresh yields."""

    account: Account
    access: str
    access_seconds: int
    refresh: str
    refresh_seconds: int


class Sessions:
    def __init__(self, store: Store, redis: Redis, settings: Settings) -> None:
        self.store, self.redis, self.settings = store, redis, settings
        self.key = settings.jwt_secret_key.get_secret_value()

    async def sign_in(self, account: Account) -> Pair:
        return self._pair(account, await self.store.add_session(account["_id"], self.settings.refresh_token_seconds))

    def _pair(self, account: Account, session: Mapping[str, Any]) -> Pair:
        """New tokens in a session. The refresh token never outlives the session."""
        left = max(1, int((session["expires_at"] - datetime.now(UTC)).total_seconds()))
        claims = Claims(account["_id"], session["_id"], uuid4().hex, account["name"])
        seconds = self.settings.access_token_seconds
        return Pair(
            account, issue("access", self.key, claims, seconds), seconds, issue("refresh", self.key, claims, left), left
        )

    async def refresh(self, token: str) -> Pair:
        """Exchange a refresh token for a new pair.

        One that was used before, longer ago than the leeway, is in two hands: the whole session ends (RFC 9700, section
        4.14.2), so that neither the thief nor the owner goes on unnoticed.
        """
        claims = read("refresh", self.key, token)
        session = await self.store.session(claims.session)
        account = await self.store.account(claims.subject)
        if session is None or account is None or session["account"] != account["_id"]:
            raise unauthorised("token_invalid", "the refresh token is not known")
        if session["ended_at"] is not None:
            raise unauthorised("session_ended", "this session has ended; sign in again")
        ago = await self.store.spend_refresh(claims.token, claims.session)
        if ago is not None and ago > timedelta(seconds=self.settings.refresh_leeway_seconds):
            await self.end({"_id": claims.session}, "a refresh token was used twice")
            log.warning("a refresh token of session %s was used twice: it is ended", claims.session)
            raise unauthorised("token_reused", "this session was ended for safety: its token was used twice")
        return self._pair(account, session)

    async def end(self, which: Mapping[str, Any], because: str) -> None:
        """End sessions: their access tokens too, at once and everywhere."""
        ended = await self.store.end_sessions(which, because)
        await end_in_cache(self.redis, ended, self.settings.access_token_seconds)

    async def signed_in(self, token: str) -> Claims:
        claims = read("access", self.key, token)
        if await is_ended(self.redis, claims.session):
            raise unauthorised("session_ended", "this session has ended; sign in again")
        return claims
