"""The webhook the MAX messenger calls."""

import hmac
import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import jobs
from app.bot.client import SECRET_HEADER, webhook_secret
from app.bot.updates import parse
from app.db import Db
from app.deps import Config
from app.errors import Refused, not_found
from app.models import BotUpdate
from app.settings import Settings

router = APIRouter(prefix="/api/bot", tags=["bot"])


def check_secret(request: Request, settings: Settings) -> None:
    if not settings.bot_token.get_secret_value():
        raise not_found("bot here: BOT_TOKEN is not set")
    shown = request.headers.get(SECRET_HEADER)
    if shown is None:
        raise Refused(401, "no_secret", f"{SECRET_HEADER} is missing")
    if not hmac.compare_digest(shown.encode(), webhook_secret(settings).encode()):
        raise Refused(403, "wrong_secret", f"{SECRET_HEADER} is wrong")


@router.post("/webhook")
async def webhook(request: Request, db: Db, settings: Config) -> dict[str, bool]:
    """Write the update down and answer at once; a worker acts on it. The body is read after the secret is checked."""
    check_secret(request, settings)
    try:
        raw = json.loads(await request.body())
    except ValueError:
        raise Refused(400, "invalid", "the body is not JSON") from None
    if isinstance(raw, dict):
        await run_in_threadpool(accept, db, raw)
    return {"ok": True}


def accept(db: Session, raw: dict[str, Any]) -> None:
    """Queue an update once, however often it is delivered."""
    update = parse(raw)
    if update is None:
        return
    new = insert(BotUpdate).values(key=update.key).on_conflict_do_nothing().returning(BotUpdate.key)
    if db.scalar(new) is not None:
        jobs.add(db, "bot_update", **raw)
    db.commit()
    jobs.wake.set()
