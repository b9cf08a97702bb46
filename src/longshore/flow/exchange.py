"""A restored database of PostgreSQL in the place of the live one. Whoever is killed in between has lost nothing: the
two names change in one transaction, and what was closed for it is opened by the next who comes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

__all__ = ["BEFORE", "draft_of", "literal", "open_again", "quoted", "take_place"]

BEFORE = re.compile(r"_before_\d{8}T\d{6}$")
"""How the name of one ends that has made room."""

Sql = Callable[[str], Awaitable[str]]
"""Runs statements as the superuser, in a database that is none of these; what they print. Raises ShoreError."""

_CLOSED = r"""
SELECT datname FROM pg_database AS live WHERE NOT datallowconn AND NOT datistemplate
AND (datname ~ '_before_\d{8}T\d{6}$' OR EXISTS (SELECT FROM pg_database WHERE datname = live.datname || '_restored'))
"""


def draft_of(name: str) -> str:
    """What a database is called while it is restored."""
    return f"{name}_restored"


async def take_place(sql: Sql, name: str, stays: str) -> None:
    """Give the draft the name of the database, which is called `stays` from then on where it is there. Who is connected
    to it loses the connection."""
    live = name in (await sql("SELECT datname FROM pg_database")).splitlines()
    if live:
        await sql(f"ALTER DATABASE {quoted(name)} ALLOW_CONNECTIONS false")
    away = f"ALTER DATABASE {quoted(name)} RENAME TO {quoted(stays)};" if live else ""
    try:
        await sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {literal(name)}")
        await sql(f"BEGIN; {away} ALTER DATABASE {quoted(draft_of(name))} RENAME TO {quoted(name)}; COMMIT")
    finally:
        await open_again(sql)


async def open_again(sql: Sql) -> None:
    """Let people connect to the databases that an exchange has closed, one that was killed too."""
    for name in (await sql(_CLOSED)).splitlines():
        await sql(f"ALTER DATABASE {quoted(name)} ALLOW_CONNECTIONS true")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
