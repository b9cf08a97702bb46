"""The connection pool. It outlives a database that goes away and comes back."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from app.settings import Settings

CONNECT_SECONDS = 3
POOL_WAIT_SECONDS = 5


def make_engine(settings: Settings) -> Engine:
    """An engine whose connections are tried before use (a restarted server leaves dead ones in the pool).

    `hide_parameters` keeps password hashes and token ids out of error messages, and so out of logs.
    """
    return create_engine(
        settings.sqlalchemy_url,
        pool_size=10,
        max_overflow=10,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "gallery",
            "options": "-c statement_timeout=15000 -c timezone=UTC",
        },
    )


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


def database_answers(engine: Engine) -> None:
    """One round trip; raises what the driver raises when there is none."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def get_db(request: Request) -> Iterator[Session]:
    """One session per request. A handler commits by itself; what it left open is rolled back."""
    with request.app.state.sessions() as session:
        yield session


Db = Annotated[Session, Depends(get_db)]
