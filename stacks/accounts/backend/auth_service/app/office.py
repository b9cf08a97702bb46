"""All that a request works with, made once when the service starts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI, Request

from app.limits import Limits
from app.mailing import Mailing
from app.sessions import Sessions
from app.settings import Settings
from app.store import Store
from backend.shared.database import patiently
from backend.shared.mail import Post

__all__ = ["Office", "office", "open_office"]


@dataclass(frozen=True)
class Office:
    settings: Settings
    store: Store
    limits: Limits
    sessions: Sessions
    mailing: Mailing


@asynccontextmanager
async def open_office(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    service = app.state.service
    store = Store(service.database)
    await patiently(store.prepare)
    mailing = Mailing(store, Post(settings.redis_url.get_secret_value()))
    app.state.office = Office(
        settings, store, Limits(service.redis, settings), Sessions(store, service.redis, settings), mailing
    )
    async with mailing.running():
        yield


def office(request: Request) -> Office:
    found: Office = request.app.state.office
    return found
