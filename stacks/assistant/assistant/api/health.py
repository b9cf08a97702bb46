"""For whoever watches the system: is it well, and a few numbers in Prometheus's form. No words of anybody."""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from sqlalchemy import func, select

from assistant.db import Database
from assistant.heartbeat import seconds_since
from assistant.models import chat_messages, chat_sessions

router = APIRouter(tags=["health"])


@router.get("/health")
def health(request: Request) -> dict[str, str]:
    """The database answers too."""
    with database_of(request).reading() as connection:
        connection.execute(select(chat_sessions.c.id).limit(1)).first()
    return {"status": "ok"}


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> str:
    database = database_of(request)
    counted = (
        select(chat_sessions.c.source, chat_messages.c.role, chat_messages.c.status, func.count())
        .join(chat_sessions, chat_sessions.c.id == chat_messages.c.session_id)
        .group_by(chat_sessions.c.source, chat_messages.c.role, chat_messages.c.status)
    )
    with database.reading() as connection:
        rows = connection.execute(counted).all()
    lines = ["# HELP assistant_messages_total Messages kept.", "# TYPE assistant_messages_total counter"]
    lines += [
        f'assistant_messages_total{{source="{source}",role="{role}",status="{status}"}} {count}'
        for source, role, status, count in rows
    ]
    silent = seconds_since(database.path.parent)
    if silent is not None:
        lines += [
            "# HELP assistant_bot_silent_seconds Since Telegram last answered the bot.",
            "# TYPE assistant_bot_silent_seconds gauge",
            f"assistant_bot_silent_seconds {silent:.1f}",
        ]
    return "\n".join(lines) + "\n"


def database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database
