"""The database auth_db: accounts, sessions, one-time tokens.

Nothing here needs transactions over several documents, which a single server does not have: what must happen once is
the insertion of a document whose _id can exist once.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from backend.shared.database import Database
from backend.shared.mail import Mail

__all__ = ["Account", "Store", "normal"]

Account = Mapping[str, Any]
"""_id, email, name, password, verified_at, created_at, outbox: the mails that the broker does not have yet."""


def normal(email: str) -> str:
    return email.strip().lower()


def now() -> datetime:
    return datetime.now(UTC)


class Store:
    def __init__(self, database: Database) -> None:
        self.accounts = database["accounts"]
        self.sessions = database["sessions"]
        self.spent = database["spent"]
        """Refresh tokens that were used: _id is the token's id. What is inserted twice was used twice."""
        self.tokens = database["tokens"]
        """Tokens of links: _id is the digest."""

    async def prepare(self) -> None:
        """Safe to run twice, and by two replicas at once."""
        await self.accounts.create_index("email", unique=True)
        await self.sessions.create_index("account")
        await self.spent.create_index("session")

    # --- accounts

    async def add_account(self, email: str, name: str, password: str) -> Account | None:
        """None when there is one with this address."""
        account: dict[str, Any] = {
            "_id": uuid4().hex,
            "email": normal(email),
            "name": name,
            "password": password,
            "verified_at": None,
            "created_at": now(),
            "outbox": [],
        }
        try:
            await self.accounts.insert_one(account)
        except DuplicateKeyError:
            return None
        return account

    async def account(self, account_id: str) -> Account | None:
        return await self.accounts.find_one({"_id": account_id})

    async def account_of(self, email: str) -> Account | None:
        return await self.accounts.find_one({"email": normal(email)})

    async def verify(self, account_id: str) -> None:
        await self.accounts.update_one({"_id": account_id, "verified_at": None}, {"$set": {"verified_at": now()}})

    async def set_password(self, account_id: str, password: str) -> None:
        await self.accounts.update_one({"_id": account_id}, {"$set": {"password": password}})

    # --- mails that are still to be handed over

    async def keep_mail(self, account_id: str, mail: Mail) -> None:
        await self.accounts.update_one({"_id": account_id}, {"$push": {"outbox": mail.as_document()}})

    async def drop_mail(self, account_id: str, mail: Mail) -> None:
        """By the whole document, which every server of this protocol can do."""
        await self.accounts.update_one({"_id": account_id}, {"$pull": {"outbox": mail.as_document()}})

    async def kept_mails(self, limit: int) -> list[tuple[str, Mail]]:
        waiting = self.accounts.find({"outbox.0": {"$exists": True}}, {"outbox": 1}).limit(limit)
        return [(account["_id"], Mail(**mail)) async for account in waiting for mail in account["outbox"]]

    # --- one-time tokens of links

    async def add_token(self, digest: str, kind: str, account_id: str, seconds: int) -> None:
        await self.tokens.insert_one(
            {"_id": digest, "kind": kind, "account": account_id, "expires_at": now() + timedelta(seconds=seconds)}
        )

    async def token(self, digest: str, kind: str) -> Mapping[str, Any] | None:
        found = await self.tokens.find_one({"_id": digest, "kind": kind})
        return found if found and found["expires_at"] > now() else None

    async def spend_token(self, digest: str) -> bool:
        """True for one caller only, however many try at once."""
        try:
            await self.spent.insert_one({"_id": digest, "session": "", "at": now()})
        except DuplicateKeyError:
            return False
        await self.tokens.delete_one({"_id": digest})
        return True

    # --- sessions

    async def add_session(self, account_id: str, seconds: int) -> Mapping[str, Any]:
        session: dict[str, Any] = {
            "_id": uuid4().hex,
            "account": account_id,
            "created_at": now(),
            "expires_at": now() + timedelta(seconds=seconds),
            "ended_at": None,
            "ended_because": None,
        }
        await self.sessions.insert_one(session)
        return session

    async def session(self, session_id: str) -> Mapping[str, Any] | None:
        return await self.sessions.find_one({"_id": session_id})

    async def spend_refresh(self, token_id: str, session_id: str) -> timedelta | None:
        """None for the first use of a refresh token; else how long ago that was."""
        try:
            await self.spent.insert_one({"_id": token_id, "session": session_id, "at": now()})
        except DuplicateKeyError:
            first = await self.spent.find_one({"_id": token_id})
            return now() - first["at"] if first else timedelta.max
        return None

    async def end_sessions(self, which: Mapping[str, Any], because: str) -> list[str]:
        """End those that `which` finds and that are open; their ids."""
        found = [session["_id"] async for session in self.sessions.find({**which, "ended_at": None}, {"_id": 1})]
        if found:
            await self.sessions.update_many(
                {"_id": {"$in": found}}, {"$set": {"ended_at": now(), "ended_because": because}}
            )
        return found

    # --- what has had its time

    async def clean_up(self, unverified_days: int) -> dict[str, int]:
        """Safe to run twice, and at once with itself: each step deletes by what is true of the document alone."""
        at = now()
        old = at - timedelta(days=unverified_days)
        gone = [session["_id"] async for session in self.sessions.find({"expires_at": {"$lt": at}}, {"_id": 1})]
        accounts = await self.accounts.delete_many({"verified_at": None, "created_at": {"$lt": old}})
        tokens = await self.tokens.delete_many({"expires_at": {"$lt": at}})
        await self.spent.delete_many({"session": {"$in": gone}})
        await self.spent.delete_many({"session": "", "at": {"$lt": old}})
        sessions = await self.sessions.delete_many({"_id": {"$in": gone}})
        return {
            "accounts": accounts.deleted_count,
            "tokens": tokens.deleted_count,
            "sessions": sessions.deleted_count,
        }
