"""The database celery_db: which mails were sent. By it a mail of one id is sent once, however often its task runs."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from tasks.settings import get_settings

__all__ = ["Ledger", "ledger"]


def now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """_id is the mail's; state "sending" or "sent"; since; lease: which attempt has it."""

    def __init__(self, mails: Collection[dict[str, Any]], lease_seconds: int) -> None:
        self.mails, self.lease = mails, timedelta(seconds=lease_seconds)

    def claim(self, mail: str, attempt: str) -> Literal["mine", "sent", "busy"]:
        """Whether this attempt may send it. One of many that ask at once gets it: the insertion decides, and for a lease
        that has run out the insertion of the next."""
        for number in range(100):
            key = f"{mail}:{number}"
            try:
                self.mails.insert_one({"_id": key, "mail": mail, "attempt": attempt, "state": "sending", "since": now()})
            except DuplicateKeyError:
                held = self.mails.find_one({"_id": key})
                if held is not None and held["state"] == "sent":
                    return "sent"
                if held is not None and held["state"] == "sending" and held["since"] + self.lease > now():
                    return "busy"
                continue  # given up, or its worker died: the next number
            return "mine"
        return "busy"

    def close(self, mail: str, attempt: str, state: Literal["sent", "given up"]) -> None:
        self.mails.update_one({"mail": mail, "attempt": attempt}, {"$set": {"state": state, "since": now()}})

    def forget(self, days: int) -> int:
        return self.mails.delete_many({"since": {"$lt": now() - timedelta(days=days)}}).deleted_count


@lru_cache
def ledger() -> Ledger:
    """One connection per process of the pool, made when it is first used: they do not survive a fork."""
    settings = get_settings()
    client: MongoClient[dict[str, Any]] = MongoClient(
        settings.mongo_uri.get_secret_value(), tz_aware=True, serverSelectionTimeoutMS=5000
    )
    return Ledger(client.get_default_database()["mails"], settings.lease_seconds)
