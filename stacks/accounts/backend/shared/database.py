"""A service's own database, by the asynchronous driver."""

from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from backend.shared.config.settings import SharedSettings

__all__ = ["Client", "Database", "connect", "database_of"]

Client = AsyncMongoClient[dict[str, Any]]
Database = AsyncDatabase[dict[str, Any]]
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
