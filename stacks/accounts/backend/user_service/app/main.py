"""user_service: what people show of themselves, and how they are found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.routes import inside, router
from app.settings import Settings, get_settings
from app.store import Store
from backend.shared.database import patiently
from backend.shared.web import application

__all__ = ["app", "create_app"]


@asynccontextmanager
async def life(app: FastAPI) -> AsyncIterator[None]:
    app.state.store = Store(app.state.service.database)
    await patiently(app.state.store.prepare)
    yield


def create_app(settings: Settings) -> FastAPI:
    return application("user_service", settings, [router, inside], life, "/api/users")


app = create_app(get_settings())
