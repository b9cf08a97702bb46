"""The work queue in PostgreSQL: nothing accepted is forgotten, whatever dies when."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.models import Job

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 6
LONGEST_WAIT = 300  # seconds

# Set by whoever adds a job in this process, so that a worker need not wait for its next look.
wake = threading.Event()


@dataclass(frozen=True)
class Claimed:
    """A job this worker holds until its lease ends."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int

    @property
    def last_try(self) -> bool:
        return self.attempts >= MOST_ATTEMPTS


def add(db: Session, kind: str, **payload: Any) -> None:
    """Queue work as part of the caller's transaction."""
    db.add(Job(kind=kind, payload=payload))


def claim(db: Session) -> Claimed | None:
    """Take the job that is due longest; other workers pass it by. Commits."""
    free = or_(Job.locked_until.is_(None), Job.locked_until < func.now())
    due = select(Job.id).where(Job.run_at <= func.now(), free).order_by(Job.run_at, Job.id).limit(1)
    row = db.execute(
        update(Job)
        .where(Job.id == due.with_for_update(skip_locked=True).scalar_subquery())
        .values(locked_until=func.now() + LEASE, attempts=Job.attempts + 1)
        .returning(Job.id, Job.kind, Job.payload, Job.attempts)
    ).one_or_none()
    db.commit()
    return Claimed(*row) if row else None


def done(db: Session, job: Claimed) -> None:
    """Commits."""
    db.execute(delete(Job).where(Job.id == job.id))
    db.commit()


def postpone(db: Session, job: Claimed, error: str, *, counts: bool = True) -> None:
    """Try again later, later each time. `counts=False`: the fault is not the job's (no space, no network). Commits."""
    wait = min(2**job.attempts, LONGEST_WAIT)
    db.execute(
        update(Job)
        .where(Job.id == job.id)
        .values(
            locked_until=None,
            run_at=func.now() + timedelta(seconds=wait),
            attempts=Job.attempts if counts else Job.attempts - 1,
            last_error=error[:500],
        )
    )
    db.commit()
