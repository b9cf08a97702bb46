"""A service's own database, by the asynchronous driver."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from backend.shared.config.settings import SharedSettings

__all__ = ["Client", "Database", "connect", "database_of", "patiently"]

Client = AsyncMongoClient[dict[str, Any]]
Database = AsyncDatabase[dict[str, Any]]
log = logging.getLogger("accounts.database")
START_SECONDS = 60.0
PATIENCE_MS = 2000
"""How long a request waits for a server that is away before it is answered with 503."""


def connect(settings: SharedSettings) -> Client:
    """Connects when it is first used, and again whenever the server comes back."""
    return AsyncMongoClient(
        settings.mongo_uri.get_secret_value(),
        tz_aware=True,
        serverSelectionTimeoutMS=PATIENCE_MS,
        connectTimeoutMS=PATIENCE_MS,
        appname="accounts",
    )


def database_of(client: Client) -> Database:
    """The one that MONGO_URI names."""
    return client.get_default_database()


async def patiently(work: Callable[[], Awaitable[None]]) -> None:
    """What a service does at its start, tried again for a minute: on a new volume MongoDB starts twice, first for its
    initial scripts, and answers a ping in between."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return await work()
        except PyMongoError as error:
            if time.monotonic() > deadline:
                raise
            log.info("the database is not ready yet: %s", type(error).__name__)
            await asyncio.sleep(0.5)
