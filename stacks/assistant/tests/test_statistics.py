"""Days and hours as they are where the reader is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.db import Database
from assistant.history import Answer, History, Person
from assistant.statistics import Period, figures

HOUR = 3_600_000
SAID_AT = "assistant.history.now_ms"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.fixture
def say(history: History, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def do(when: str, person: int = 0, **answer: Any) -> None:
        monkeypatch.setattr(SAID_AT, lambda: at(when))
        if person:
            question = history.ask_by_telegram(person, Person(person, f"Person {person}"), "?", at(when) + person)
        else:
            question = history.ask_by_web(None, "?")
        assert question
        if answer:
            history.answer(question, Answer("!", **answer))

    return do


def of(database: Database, now: str, days: int, zone: str = "UTC") -> dict[str, Any]:
    return figures(database, Period.until(datetime.fromisoformat(now).astimezone(UTC), days, ZoneInfo(zone)))


def test_a_message_belongs_to_the_readers_day(database: Database, say: Callable[..., None]) -> None:
    say("2025-10-18T23:30:00+00:00", 1)
    say("2025-10-19T00:10:00+00:00")
    utc = of(database, "2025-10-19T12:00:00+00:00", 2)
    assert [(d["telegram"], d["web"]) for d in utc["days"]] == [(1, 0), (0, 1)]
    assert (utc["hours"][23], utc["hours"][0]) == (1, 1)
    kathmandu = of(database, "2025-10-19T12:00:00+00:00", 2, "Asia/Kathmandu")  # 5 h 45 ahead
    assert [(d["telegram"], d["web"]) for d in kathmandu["days"]] == [(0, 0), (1, 1)]
    assert kathmandu["hours"][5] == 2  # 05:15 and 05:55


def test_the_day_that_has_twenty_five_hours() -> None:
    """On 26 October 2025 clocks went back in Amsterdam."""
    period = Period.until(datetime(2025, 10, 27, 12, tzinfo=UTC), 2, ZoneInfo("Europe/Amsterdam"))
    assert period.days == (date(2025, 10, 26), date(2025, 10, 27))
    assert period.begins == at("2025-10-25T22:00:00+00:00")
    next_day = Period.until(datetime(2025, 10, 27, 12, tzinfo=UTC), 1, ZoneInfo("Europe/Amsterdam"))
    assert next_day.begins - period.begins == 25 * HOUR


def test_totals_beside_the_period_before(database: Database, say: Callable[..., None]) -> None:
    say("2025-10-11T10:00:00+00:00", 9)
    say("2025-10-17T10:00:00+00:00", 1, status="complete", first_word_ms=100, tokens=5)
    say("2025-10-18T10:00:00+00:00", 1, status="complete", first_word_ms=300, tokens=7)
    say("2025-10-18T10:01:00+00:00", 2, status="failed")
    say("2025-10-18T10:02:00+00:00", status="offline")
    found = of(database, "2025-10-18T12:00:00+00:00", 7)
    assert found["totals"] == {
        "questions": 4, "answers": 2, "offline": 1, "failed": 1, "dialogues": 3, "people": 2, "tokens": 12,
        "first_word_median_ms": 300, "first_word_slow_ms": 300,
    }  # fmt: skip
    assert found["before"]["questions"] == 1
    assert [(p["name"], p["questions"]) for p in found["people"]] == [("Person 1", 2), ("Person 2", 1)]


def test_an_empty_database_has_zeros(database: Database) -> None:
    found = of(database, "2025-10-18T12:00:00+00:00", 3)
    assert [d["date"] for d in found["days"]] == ["2025-10-16", "2025-10-17", "2025-10-18"]
    assert found["totals"]["questions"] == 0
    assert found["totals"]["first_word_median_ms"] is None
    assert found["people"] == []
