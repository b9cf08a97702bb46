"""For the tests of the services: databases of their own on the stack's servers, gone afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from pymongo import MongoClient
from redis import Redis

__all__ = ["KEY", "own_databases"]

KEY = "for-tests-only-0123456789-abcdefghij"
REDIS_NUMBER = 15
"""Tests that clear Redis get a database that nobody else uses."""


@contextmanager
def own_databases() -> Iterator[dict[str, str]]:
    """Settings by name. MONGO_URI and REDIS_URL say where the servers are: the stack's environment does."""
    mongo = urlsplit(os.environ["MONGO_URI"])
    name = f"test_{uuid4().hex[:10]}"
    uri = urlunsplit(mongo._replace(path=f"/{name}"))
    redis_url = urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{REDIS_NUMBER}"))
    with Redis.from_url(redis_url) as redis, MongoClient(uri) as client:
        redis.flushdb()
        try:
            yield {"mongo_uri": uri, "redis_url": redis_url, "jwt_secret_key": KEY}
        finally:
            redis.flushdb()
            client.drop_database(name)
