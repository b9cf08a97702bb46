"""Dialogues: who said what, kept the moment it was said. Every function is one transaction."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Select, and_, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from assistant.db import Database
from assistant.models import chat_messages, chat_sessions, users

Source = Literal["telegram", "web"]
Role = Literal["user", "assistant"]
Status = Literal["complete", "offline", "stopped", "failed"]

TITLE_LENGTH = 80
SPOKEN: tuple[Status, ...] = ("complete", "stopped")
"""What the language model is shown of its own answers: not that it was offline or failed."""


@dataclass(frozen=True)
class Person:
    """Somebody on Telegram."""

    telegram_id: int
    name: str
    username: str | None = None


@dataclass(frozen=True)
class Question:
    """A message that waits for its answer, and where it stands."""

    session_id: int
    key: str
    message_id: int
    chat_id: int | None = None


@dataclass(frozen=True)
class Answer:
    """What was said in return, and what it took; times in milliseconds."""

    text: str
    status: Status
    model: str | None = None
    first_word_ms: int | None = None
    duration_ms: int | None = None
    tokens: int | None = None


@dataclass(frozen=True)
class Turn:
    role: Role
    text: str


class History:
    def __init__(self, database: Database) -> None:
        self.database = database

    # --- what is said -------------------------------------------------------------------------------------------------

    def ask_by_telegram(self, chat_id: int, person: Person, text: str, external_id: int) -> Question | None:
        """None for a message that is there already: Telegram delivers again what it was not told had arrived."""
        now = now_ms()
        with self.database.writing() as connection:
            if _is_known(connection, chat_id, external_id):
                return None
            found = _open_session(connection, chat_id)
            session_id, key = found or _new_session(connection, "telegram", text, now, chat_id=chat_id)
            _meet(connection, person, session_id, now)
            message_id = _say(connection, session_id, "user", text, now, external_id=external_id)
            return Question(session_id, key, message_id, chat_id)

    def ask_by_web(self, key: str | None, text: str) -> Question | None:
        """In the dialogue `key`, or a new one without; None when there is no such dialogue on the web."""
        now = now_ms()
        with self.database.writing() as connection:
            if key is None:
                session_id, key = _new_session(connection, "web", text, now)
            else:
                wanted = select(chat_sessions.c.id).where(chat_sessions.c.key == key, chat_sessions.c.source == "web")
                found = connection.execute(wanted).scalar_one_or_none()
                if found is None:
                    return None
                session_id = found
            return Question(session_id, key, _say(connection, session_id, "user", text, now))

    def answer(self, question: Question, answer: Answer) -> int:
        """The id of the answer's row."""
        now = now_ms()
        facts = {"model": answer.model, "first_word_ms": answer.first_word_ms, "duration_ms": answer.duration_ms}
        with self.database.writing() as connection:
            return _say(
                connection, question.session_id, "assistant", answer.text, now,
                status=answer.status, tokens=answer.tokens, **facts,
            )  # fmt: skip

    def close_chat(self, chat_id: int) -> bool:
        """The next message of this chat begins a new dialogue; False when none was open."""
        with self.database.writing() as connection:
            done = connection.execute(
                update(chat_sessions)
                .where(chat_sessions.c.source == "telegram", chat_sessions.c.chat_id == chat_id)
                .where(chat_sessions.c.closed_at.is_(None))
                .values(closed_at=now_ms())
            )
            return done.rowcount > 0

    # --- what was said ------------------------------------------------------------------------------------------------

    def context(self, question: Question, limit: int) -> list[Turn]:
        """The dialogue up to the question, oldest first."""
        wanted = (
            select(chat_messages.c.role, chat_messages.c.content)
            .where(chat_messages.c.session_id == question.session_id, chat_messages.c.id <= question.message_id)
            .where(chat_messages.c.status.in_(SPOKEN))
            .order_by(chat_messages.c.id.desc())
            .limit(limit)
        )
        with self.database.reading() as connection:
            return [Turn(role, text) for role, text in reversed(connection.execute(wanted).all())]

    def unanswered(self, since_ms: int) -> list[Question]:
        """Questions from Telegram after which nothing more was said: the process ended before their answer."""
        last = select(func.max(chat_messages.c.id)).group_by(chat_messages.c.session_id)
        wanted = (
            select(chat_sessions.c.id, chat_sessions.c.key, chat_messages.c.id, chat_sessions.c.chat_id)
            .join(chat_messages, chat_messages.c.session_id == chat_sessions.c.id)
            .where(chat_messages.c.id.in_(last), chat_messages.c.role == "user")
            .where(chat_sessions.c.source == "telegram", chat_messages.c.created_at >= since_ms)
            .order_by(chat_messages.c.id)
        )
        with self.database.reading() as connection:
            return [Question(*row) for row in connection.execute(wanted)]

    def dialogues(
        self, *, words: str = "", source: Source | None = None, before: tuple[int, int] | None = None, limit: int = 30
    ) -> list[dict[str, Any]]:
        """The latest first; `before` is the (updated_at, id) of the last one seen."""
        wanted = _dialogues()
        if source:
            wanted = wanted.where(chat_sessions.c.source == source)
        if before:
            updated, session_id = before
            older = and_(chat_sessions.c.updated_at == updated, chat_sessions.c.id < session_id)
            wanted = wanted.where(or_(chat_sessions.c.updated_at < updated, older))
        for word in words.split():
            wanted = wanted.where(_mentions(word))
        wanted = wanted.order_by(chat_sessions.c.updated_at.desc(), chat_sessions.c.id.desc()).limit(limit)
        with self.database.reading() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]

    def dialogue(self, key: str) -> dict[str, Any] | None:
        with self.database.reading() as connection:
            found = connection.execute(_dialogues().where(chat_sessions.c.key == key)).mappings().one_or_none()
            return dict(found) if found else None

    def messages(self, session_id: int, *, before: int | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """The latest `limit` messages, those before the message `before`; oldest first."""
        c = chat_messages.c
        wanted = select(
            c.id, c.role, c.content, c.status, c.created_at, c.model, c.first_word_ms, c.duration_ms, c.tokens
        ).where(c.session_id == session_id)
        if before is not None:
            wanted = wanted.where(c.id < before)
        with self.database.reading() as connection:
            rows = connection.execute(wanted.order_by(c.id.desc()).limit(limit)).mappings().all()
            return [dict(row) for row in reversed(rows)]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _is_known(connection: Connection, chat_id: int, external_id: int) -> bool:
    wanted = (
        select(chat_messages.c.id)
        .join(chat_sessions, chat_sessions.c.id == chat_messages.c.session_id)
        .where(chat_sessions.c.source == "telegram", chat_sessions.c.chat_id == chat_id)
        .where(chat_messages.c.external_id == external_id)
    )
    return connection.execute(wanted).first() is not None


def _open_session(connection: Connection, chat_id: int) -> tuple[int, str] | None:
    wanted = (
        select(chat_sessions.c.id, chat_sessions.c.key)
        .where(chat_sessions.c.source == "telegram", chat_sessions.c.chat_id == chat_id)
        .where(chat_sessions.c.closed_at.is_(None))
        .order_by(chat_sessions.c.id.desc())
    )
    row = connection.execute(wanted).first()
    return (row[0], row[1]) if row else None


def _new_session(connection: Connection, source: Source, text: str, now: int, *, chat_id: int | None = None) -> tuple[int, str]:
    key = uuid.uuid4().hex
    values = {"key": key, "source": source, "chat_id": chat_id, "title": title_of(text)}
    done = connection.execute(insert(chat_sessions).values(**values, created_at=now, updated_at=now))
    return int(done.inserted_primary_key[0]), key


def _meet(connection: Connection, person: Person, session_id: int, now: int) -> None:
    """Note who it is, under today's name."""
    facts = {"name": person.name, "username": person.username, "last_seen_at": now}
    known = upsert(users).values(telegram_id=person.telegram_id, first_seen_at=now, **facts)
    known = known.on_conflict_do_update(index_elements=["telegram_id"], set_=facts)
    user_id = connection.execute(known.returning(users.c.id)).scalar_one()
    connection.execute(update(chat_sessions).where(chat_sessions.c.id == session_id).values(user_id=user_id))


def _say(connection: Connection, session_id: int, role: Role, text: str, now: int, **facts: Any) -> int:
    values = {"session_id": session_id, "role": role, "content": text, "created_at": now, **facts}
    done = connection.execute(insert(chat_messages).values(values))
    connection.execute(update(chat_sessions).where(chat_sessions.c.id == session_id).values(updated_at=now))
    return int(done.inserted_primary_key[0])


def title_of(text: str) -> str:
    """The beginning of the first question, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


def _dialogues() -> Select[Any]:
    """Each with its person, how many messages it has, and its last words."""
    said = chat_messages.alias()
    of_session = said.c.session_id == chat_sessions.c.id
    count = select(func.count()).select_from(said).where(of_session).scalar_subquery()
    last = select(said.c.content).where(of_session).order_by(said.c.id.desc()).limit(1).scalar_subquery()
    last_role = select(said.c.role).where(of_session).order_by(said.c.id.desc()).limit(1).scalar_subquery()
    columns: Sequence[Any] = (
        chat_sessions.c.id, chat_sessions.c.key, chat_sessions.c.source, chat_sessions.c.title,
        chat_sessions.c.created_at, chat_sessions.c.updated_at, users.c.name, users.c.username,
        count.label("messages"), func.substr(last, 1, 200).label("last"), last_role.label("last_role"),
    )  # fmt: skip
    return select(*columns).outerjoin(users, users.c.id == chat_sessions.c.user_id)


def _mentions(word: str) -> Any:
    """Somebody in the dialogue says the word, or has it in their name."""
    pattern = "%" + word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    said = select(chat_messages.c.id).where(
        chat_messages.c.session_id == chat_sessions.c.id, chat_messages.c.content.like(pattern, escape="\\")
    )
    return or_(said.exists(), users.c.name.like(pattern, escape="\\"), users.c.username.like(pattern, escape="\\"))
