"""Points to go back to: which database is meant, where its copies lie, how it takes another one's place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

import pytest

from longshore.engine.base import ExecRequest
from longshore.flow.databases import Database, Shelf, database_of
from longshore.flow.exchange import open_again, take_place
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import Dependency
from longshore.state.observed import Container, Observed
from tests.plan.make import service, stack


def postgres(**environment: str) -> Any:
    return replace(service("db", environment=environment), image="postgres:16")


def test_which_database_a_service_migrates() -> None:
    def found(environment: dict[str, str], *others: Any, **fields: Any) -> Database | None:
        app = service("app", {one.name: Dependency(one.name) for one in others}, environment=environment, **fields)
        return database_of(stack(app, *others), app)

    assert found({"DATABASE_URL": "sqlite:////data/db.sqlite?x=1"}) == Database("sqlite", "app", "/data/db.sqlite")
    assert found({"URL": "sqlite+aiosqlite:///./db"}, working_dir="/app") == Database("sqlite", "app", "/app/./db")
    assert found({"URL": "postgres://x"}, postgres()) == Database("postgres", "db", "postgres", "postgres")
    assert found({}, postgres(POSTGRES_USER="me")) == Database("postgres", "db", "me", "me")
    assert found({}, postgres(POSTGRES_USER="me", POSTGRES_DB="shop")) == Database("postgres", "db", "shop", "me")
    assert found({}, service("cache"), postgres()) == Database("postgres", "db", "postgres", "postgres")
    assert found({"A": None}, service("cache")) is None  # type: ignore[dict-item]
    assert found({}) is None


class Server:
    """A PostgreSQL as far as its programs are called: what they were told, and with which code they end."""

    name = "native"

    def __init__(self, **codes: int) -> None:
        self.calls: list[str] = []
        self.codes, self.state = codes, "running"

    async def observe(self, project: str) -> Observed:
        return Observed(project, (Container("1", "demo-db-1", "db", state=self.state),))  # type: ignore[arg-type]

    async def execute(self, container: Container, request: ExecRequest) -> int:
        program = request.argv[0]
        self.calls.append(request.argv[-1] if program == "psql" else " ".join(request.argv))
        if program == "pg_dump":
            os.write(1, b"a dump")
        if program == "psql" and request.argv[-1] == "SELECT datname FROM pg_database":
            os.write(1, b"postgres\nshop\n")
        os.write(2, f"{program} says\n".encode())
        return self.codes.get(program, 0)


async def no_run(words: tuple[str, ...], stdin: IO[bytes] | None, stdout: IO[bytes] | None) -> tuple[int, str]:
    raise AssertionError("nothing is run here")


def shelf(tmp_path: Path, engine: Any, database: Database, run: Any = no_run) -> Shelf:
    return Shelf(engine, stack(service("db")), database, {"XDG_DATA_HOME": str(tmp_path)}, run)


SHOP = Database("postgres", "db", "shop", "me")


async def test_a_copy_is_its_owners_alone_and_the_youngest_is_the_last(tmp_path: Path) -> None:
    server = Server()
    kept = shelf(tmp_path, server, SHOP)
    assert kept.last() is None
    first = await kept.keep()
    first = first.rename(first.with_name(f"20200101T000000-000000-{first.name.rpartition('-')[2]}"))
    second = await kept.keep()
    assert kept.last() == second != first
    assert first.read_bytes() == b"a dump"
    assert first.name.endswith("-shop.postgres")
    assert first.parent == tmp_path / "longshore/backups/demo"
    modes = [first, first.parent, first.parent.parent]
    assert [path.stat().st_mode & 0o777 for path in modes] == [0o600, 0o700, 0o700]
    assert server.calls[0] == "pg_dump -Fc -U me -d shop"
    other = shelf(tmp_path, server, replace(SHOP, name="else"))
    assert other.last() is None


async def test_a_copy_that_fails_leaves_no_file(tmp_path: Path) -> None:
    kept = shelf(tmp_path, Server(pg_dump=3), SHOP)
    with pytest.raises(ShoreError, match="the backup of shop failed with code 3") as caught:
        await kept.keep()
    assert caught.value.details == ("pg_dump says",)
    assert list(kept.folder.iterdir()) == []


async def test_what_does_not_run_cannot_be_copied(tmp_path: Path) -> None:
    server = Server()
    server.state = "exited"
    with pytest.raises(ShoreError, match="db does not run") as caught:
        await shelf(tmp_path, server, SHOP).keep()
    assert caught.value.hint == "start it: shore up -d db"


async def test_a_restored_database_takes_the_place_of_the_present_one(tmp_path: Path) -> None:
    server = Server()
    kept = shelf(tmp_path, server, SHOP)
    point = await kept.keep()
    server.calls.clear()
    stays = await kept.go_back(point)
    assert stays.startswith("shop_before_20")
    assert server.calls[:3] == [
        'DROP DATABASE IF EXISTS "shop_restored"',
        'CREATE DATABASE "shop_restored"',
        "pg_restore --exit-on-error --single-transaction -U me -d shop_restored",
    ]
    assert f'ALTER DATABASE "shop" RENAME TO "{stays}"' in server.calls[6]


async def test_a_copy_that_cannot_be_read_leaves_all_as_it_was(tmp_path: Path) -> None:
    server = Server(pg_restore=1)
    kept = shelf(tmp_path, server, SHOP)
    point = await kept.keep()
    server.calls.clear()
    with pytest.raises(ShoreError, match="cannot be restored; the database is as it was"):
        await kept.go_back(point)
    assert server.calls[-1] == 'DROP DATABASE "shop_restored"'
    assert not [call for call in server.calls if "RENAME" in call]


async def test_a_statement_that_fails_is_named(tmp_path: Path) -> None:
    kept = shelf(tmp_path, Server(psql=1), SHOP)
    with pytest.raises(ShoreError, match='db: DROP DATABASE IF EXISTS "shop_restored" failed') as caught:
        await kept.go_back(tmp_path / "none")
    assert caught.value.details == ("psql says",)


async def test_a_file_is_copied_where_the_service_runs(tmp_path: Path) -> None:
    told: list[tuple[str, ...]] = []
    code = 0

    async def run(words: tuple[str, ...], stdin: IO[bytes] | None, stdout: IO[bytes] | None) -> tuple[int, str]:
        told.append((words[0], words[1], *words[3:], stdin.read().decode() if stdin else ""))
        if stdout:
            stdout.write(b"rows")
        return code, "said"

    kept = shelf(tmp_path, Server(), Database("sqlite", "app", "/data/db.sqlite"), run)
    point = await kept.keep()
    assert (point.read_bytes(), told.pop()) == (b"rows", ("python", "-c", "/data/db.sqlite", ""))
    assert point.name.endswith("-db.sqlite.sqlite")
    stays = await kept.go_back(point)
    assert stays.startswith("/data/db.sqlite_before_")
    assert told.pop() == ("python", "-c", "/data/db.sqlite", stays, "rows")
    code = 1
    with pytest.raises(ShoreError, match="cannot be restored") as caught:
        await kept.go_back(point)
    assert caught.value.details == ("said",)


class Statements:
    def __init__(self, live: str, fails: str = "") -> None:
        self.said: list[str] = []
        self.live, self.fails = live, fails

    async def __call__(self, text: str) -> str:
        self.said.append(text)
        if self.fails and self.fails in text:
            raise ShoreError("no")
        if text == "SELECT datname FROM pg_database":
            return self.live
        return "shop" if text.lstrip().startswith("SELECT datname FROM pg_database AS") else ""


async def test_names_change_in_one_transaction_and_people_may_come_again() -> None:
    sql = Statements("postgres\nshop")
    await take_place(sql, "shop", "old'\"x")
    assert sql.said[1] == 'ALTER DATABASE "shop" ALLOW_CONNECTIONS false'
    assert sql.said[2].endswith("WHERE datname = 'shop'")
    assert sql.said[3] == (
        'BEGIN; ALTER DATABASE "shop" RENAME TO "old\'""x"; ALTER DATABASE "shop_restored" RENAME TO "shop"; COMMIT'
    )
    assert sql.said[-1] == 'ALTER DATABASE "shop" ALLOW_CONNECTIONS true'


async def test_a_database_that_is_not_there_needs_no_other_name() -> None:
    sql = Statements("postgres\nshopping")
    await take_place(sql, "shop", "old")
    assert sql.said[2] == 'BEGIN;  ALTER DATABASE "shop_restored" RENAME TO "shop"; COMMIT'
    assert not [text for text in sql.said if "ALLOW_CONNECTIONS false" in text]


async def test_people_may_come_again_also_when_the_exchange_fails() -> None:
    sql = Statements("shop", fails="BEGIN")
    with pytest.raises(ShoreError):
        await take_place(sql, "shop", "old")
    assert sql.said[-1] == 'ALTER DATABASE "shop" ALLOW_CONNECTIONS true'
    again = Statements("")
    await open_again(again)
    assert again.said[-1] == 'ALTER DATABASE "shop" ALLOW_CONNECTIONS true'
