"""Figures for the dashboard, in the time zone of whoever looks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from assistant.db import Database
from assistant.models import chat_messages, chat_sessions, users

QUARTER_MS = 15 * 60 * 1000
"""Every time zone's days and hours begin at a whole quarter of an hour."""
BUSIEST = 8


@dataclass(frozen=True)
class Period:
    """The last `days` days, today among them; from the first one's midnight in the zone. Milliseconds, UTC."""

    days: tuple[date, ...]
    zone: ZoneInfo
    begins: int

    @staticmethod
    def until(now: datetime, days: int, zone: ZoneInfo) -> "Period":
        today = now.astimezone(zone).date()
        listed = tuple(today - timedelta(days=back) for back in reversed(range(days)))
        return Period(listed, zone, midnight_ms(listed[0], zone))

    @property
    def before(self) -> int:
        """Where the period of the same length before it begins."""
        return midnight_ms(self.days[0] - timedelta(days=len(self.days)), self.zone)


def midnight_ms(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def figures(database: Database, period: Period) -> dict[str, Any]:
    with database.reading() as connection:
        quarters = connection.execute(_quarters(period.begins)).all()
        return {
            "days": by_day(quarters, period),
            "hours": by_hour(quarters, period.zone),
            "totals": _totals(connection, period.begins, None) | _speed(connection, period.begins),
            "before": _totals(connection, period.before, period.begins),
            "people": _people(connection, period.begins),
        }


def _quarters(begins: int) -> Any:
    """Questions per quarter of an hour and source: (quarter, source, count)."""
    quarter = (chat_messages.c.created_at // QUARTER_MS).label("quarter")
    return (
        select(quarter, chat_sessions.c.source, func.count())
        .join(chat_sessions, chat_sessions.c.id == chat_messages.c.session_id)
        .where(chat_messages.c.role == "user", chat_messages.c.created_at >= begins)
        .group_by(quarter, chat_sessions.c.source)
    )


def by_day(quarters: Iterable[Sequence[Any]], period: Period) -> list[dict[str, Any]]:
    counted: Counter[tuple[date, str]] = Counter()
    for quarter, source, count in quarters:
        counted[_local(quarter, period.zone).date(), source] += count
    return [{"date": day.isoformat(), "telegram": counted[day, "telegram"], "web": counted[day, "web"]} for day in period.days]


def by_hour(quarters: Iterable[Sequence[Any]], zone: ZoneInfo) -> list[int]:
    hours = [0] * 24
    for quarter, _, count in quarters:
        hours[_local(quarter, zone).hour] += count
    return hours


def _local(quarter: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(quarter * QUARTER_MS / 1000, UTC).astimezone(zone)


def _totals(connection: Connection, begins: int, ends: int | None) -> dict[str, int]:
    said, c = chat_messages, chat_messages.c
    within = c.created_at >= begins if ends is None else (c.created_at >= begins) & (c.created_at < ends)
    answers = within & (c.role == "assistant")
    wanted = select(
        func.count().filter(within & (c.role == "user")).label("questions"),
        func.count().filter(answers & c.status.in_(("complete", "stopped"))).label("answers"),
        func.count().filter(answers & (c.status == "offline")).label("offline"),
        func.count().filter(answers & (c.status == "failed")).label("failed"),
        func.count(c.session_id.distinct()).label("dialogues"),
        func.count(chat_sessions.c.user_id.distinct()).label("people"),
        func.coalesce(func.sum(c.tokens), 0).label("tokens"),
    ).select_from(said.join(chat_sessions, chat_sessions.c.id == c.session_id))
    return dict(connection.execute(wanted.where(within)).mappings().one())


def _speed(connection: Connection, begins: int) -> dict[str, int | None]:
    """The middle and the slow end (95 of 100 are faster) of the time to the first word, of real answers."""
    wanted = (
        select(chat_messages.c.first_word_ms)
        .where(chat_messages.c.created_at >= begins, chat_messages.c.status == "complete")
        .where(chat_messages.c.first_word_ms.is_not(None))
        .order_by(chat_messages.c.first_word_ms)
    )
    times = connection.execute(wanted).scalars().all()
    at = lambda share: times[min(int(len(times) * share), len(times) - 1)] if times else None  # noqa: E731
    return {"first_word_median_ms": at(0.5), "first_word_slow_ms": at(0.95)}


def _people(connection: Connection, begins: int) -> list[dict[str, Any]]:
    count = func.count().label("questions")
    wanted = (
        select(users.c.name, users.c.username, count, func.max(chat_messages.c.created_at).label("last_at"))
        .select_from(chat_messages)
        .join(chat_sessions, chat_sessions.c.id == chat_messages.c.session_id)
        .join(users, users.c.id == chat_sessions.c.user_id)
        .where(chat_messages.c.role == "user", chat_messages.c.created_at >= begins)
        .group_by(users.c.id)
        .order_by(count.desc(), users.c.id)
        .limit(BUSIEST)
    )
    return [dict(row) for row in connection.execute(wanted).mappings()]
