"""Which database server a real image is, by what its maker writes into its environment: what a volume remembers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from longshore.model.record import record
from longshore.native.image.model import Client, ImageConfig, Server
from longshore.native.image.store.tree import LayerTree

__all__ = ["libc_of", "server_of"]


@record
class _Row:
    """`variable` holds the version; `data` is where they lie, unless a variable `moved_by` says otherwise."""

    kind: str
    variable: str
    data: str
    moved_by: str = ""
    numbers: int = 1
    offers: int = 0
    client: Callable[[], Client] | None = None


def _postgres() -> Client:
    from longshore.native.image.providers.postgres import CLIENT

    return CLIENT


def _redis() -> Client:
    from longshore.native.image.providers.redis import client

    return client("redis-cli", "REDISCLI_AUTH")


_ROWS = (
    _Row("postgres", "PG_MAJOR", "/var/lib/postgresql", "PGDATA", client=_postgres),
    _Row("mariadb", "MARIADB_VERSION", "/var/lib/mysql", numbers=2),
    _Row("mysql", "MYSQL_MAJOR", "/var/lib/mysql", numbers=2),
    _Row("mongodb", "MONGO_MAJOR", "/data/db", numbers=2),
    _Row("redis", "REDIS_VERSION", "/data", client=_redis),
    _Row("valkey", "VALKEY_VERSION", "/data"),
    _Row("rabbitmq", "RABBITMQ_VERSION", "/var/lib/rabbitmq", offers=5672),
)


def server_of(config: ImageConfig, layers: Sequence[str]) -> Server | None:
    """The server, with its major version and the C library that it sorts text by; None for what is none."""
    for row in _ROWS:
        version = config.env.get(row.variable, "")
        major = _major(version, row.numbers)
        if major:
            data = config.env.get(row.moved_by) or row.data
            client = row.client() if row.client else None
            return Server(
                row.kind, major, data, client, row.offers, row.moved_by, libc=libc_of(layers), source="registry"
            )  # fmt: skip
    return None


def _major(version: str, numbers: int) -> str:
    """ "10.11" of "1:10.11.6+maria~ubu2204"."""
    match = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", version)
    return ".".join(match[1].split(".")[:numbers]) if match else ""


def libc_of(layers: Sequence[str]) -> str:
    """ "musl" or "glibc"; "" where neither is there."""
    tree = LayerTree(layers)
    names = {name for folder in ("/lib", "/lib64") for name in tree.listdir(folder)}
    if any(name.startswith("ld-musl-") for name in names):
        return "musl"
    return "glibc" if any(name.startswith("ld-linux") for name in names) else ""
