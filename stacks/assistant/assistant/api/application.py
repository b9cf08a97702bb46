"""The application, put together from its settings."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from assistant import VERSION
from assistant.api import chat, dialogues, doors, errors, health, overview
from assistant.api.access_log import AccessLog
from assistant.conversation import Conversation
from assistant.db import Database
from assistant.history import History
from assistant.settings import Settings

log = logging.getLogger("assistant.api")

ANSWER_PATIENCE = 5
"""How long answers may still be thought of after a signal to stop."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    log.info("the API is ready")
    yield
    await app.state.conversation.close(ANSWER_PATIENCE)
    app.state.database.close()
    log.info("the API has stopped")


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(
        title="Systech assistant",
        version=VERSION,
        lifespan=lifespan,
        docs_url="/api/docs" if settings.debug else None,
        redoc_url=None,
        openapi_url="/api/openapi.json" if settings.debug else None,
    )
    app.state.settings = settings
    app.state.database = Database(settings.database)
    app.state.conversation = Conversation(settings, History(app.state.database))
    app.state.doors = doors.Doors(settings)
    errors.install(app)
    for module in (health, doors, overview, dialogues, chat):
        app.include_router(module.router)
    app.add_middleware(AccessLog)
    return app
