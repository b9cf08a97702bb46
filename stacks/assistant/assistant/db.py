"""One SQLite file that the bot and the API write at once.

Write-ahead logging lets readers go on while somebody writes. A writer takes its lock at the beginning (BEGIN IMMEDIATE)
and so either has it or waits for it: a transaction that began as a reader and then wants to write could not wait, it would
be refused, and its row lost.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 30
"""How long one waits for the other's transaction, each of which takes milliseconds."""


def make_engine(path: Path) -> Engine:
    """Connections to the file, with transactions that begin when SQLAlchemy says so and not when sqlite3 guesses."""
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=8,
        max_overflow=32,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # A process that ends, however it does, loses nothing; when the power goes, the last moments may be lost, no more.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """Transactions on the file: `reading()` sees one moment, `writing()` is alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = make_engine(path)
        self._writers = threading.Lock()
        """Writers of this process queue here, fairly; only processes contend in SQLite, which polls."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._writers, self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def version_of(connection: Any) -> int:
    """Another number whenever another connection has changed the file since this one asked last."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
