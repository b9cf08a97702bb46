"""Figures, the state of the system, and word of every change."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from assistant import VERSION
from assistant.api.chat import STREAM_HEADERS
from assistant.api.doors import Visitor
from assistant.api.errors import Refused
from assistant.db import Database, version_of
from assistant.heartbeat import FRESH_SECONDS, seconds_since
from assistant.statistics import Period, figures

router = APIRouter(prefix="/api", tags=["overview"], dependencies=[Visitor])

LOOK_SECONDS = 0.5
LOOKS_UNTIL_COMMENT = 30


@router.get("/statistics")
def statistics(
    request: Request,
    days: Annotated[int, Query(ge=1, le=366)] = 7,
    zone: Annotated[str, Query(max_length=64)] = "UTC",
) -> dict[str, Any]:
    """Of the last `days` days, days and hours as they are in the time `zone`."""
    try:
        known = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(422, "invalid", "zone: is no time zone, such as Europe/Amsterdam") from None
    return figures(request.app.state.database, Period.until(datetime.now(UTC), days, known))


@router.get("/status")
def status(request: Request) -> dict[str, Any]:
    """The language model's name (none: offline), and whether Telegram answers the bot."""
    model = request.app.state.conversation.model
    silent = seconds_since(request.app.state.database.path.parent)
    return {
        "version": VERSION,
        "model": model.model if model else None,
        "bot": {"connected": silent is not None and silent < FRESH_SECONDS, "seconds": silent},
    }


@router.get("/changes", response_class=StreamingResponse)
async def changes(request: Request) -> StreamingResponse:
    """An event whenever the bot or the API has written: what is shown is to be asked for again."""
    return StreamingResponse(_changes(request.app.state.database), media_type="text/event-stream", headers=STREAM_HEADERS)


async def _changes(database: Database) -> AsyncIterator[str]:
    """Looks at a number that SQLite keeps in shared memory: a look costs some microseconds."""
    connection = sqlite3.connect(f"file:{database.path}?mode=ro", uri=True, check_same_thread=False, isolation_level=None)
    try:
        seen, quiet = version_of(connection), 0
        yield "retry: 2000\n: connected\n\n"
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            found, quiet = version_of(connection), quiet + 1
            if found != seen:
                seen, quiet = found, 0
                yield "event: change\ndata: \n\n"
            elif quiet == LOOKS_UNTIL_COMMENT:
                quiet = 0
                yield ": still here\n\n"
    finally:
        connection.close()
