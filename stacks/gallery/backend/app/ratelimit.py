"""Counting attempts in the database: right for several processes, and kept over a restart."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import Attempt


@dataclass(frozen=True)
class Limit:
    action: str
    attempts: int
    window: timedelta


LOGIN_ACCOUNT = Limit("login-account", 5, timedelta(minutes=5))
LOGIN_ADDRESS = Limit("login-address", 30, timedelta(minutes=5))
LINK_ADDRESS = Limit("link-address", 10, timedelta(minutes=5))
REGISTER_ADDRESS = Limit("register-address", 60, timedelta(hours=1))


def take(db: Session, limit: Limit, key: str) -> None:
    """Count one attempt; Refused(429) with Retry-After when there were too many. Commits.

    The lock makes count and insert one step, so a burst of parallel guesses gets no more than one by one.
    """
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{limit.action}:{key}"))))
    seen, oldest = db.execute(
        select(func.count(), func.min(Attempt.at)).where(
            Attempt.action == limit.action, Attempt.key == key, Attempt.at > func.now() - limit.window
        )
    ).one()
    if seen >= limit.attempts:
        now = db.scalars(select(func.now())).one()
        wait = max(1, int((oldest + limit.window - now).total_seconds()) + 1)
        db.rollback()
        raise Refused(429, "too_many", f"too many attempts; try again in {wait} s", {"Retry-After": str(wait)})
    db.add(Attempt(action=limit.action, key=key))
    db.commit()


def forget(db: Session, limit: Limit, key: str) -> None:
    """A success clears the count. The caller commits."""
    db.execute(delete(Attempt).where(Attempt.action == limit.action, Attempt.key == key))


def take_back(db: Session, limit: Limit, key: str) -> None:
    """This attempt was a success and does not count. The caller commits."""
    newest = select(func.max(Attempt.id)).where(Attempt.action == limit.action, Attempt.key == key)
    db.execute(delete(Attempt).where(Attempt.id == newest.scalar_subquery()))
