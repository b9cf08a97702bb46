"""Points to go back to: a copy of a database, taken before it is changed, by the server's own tools."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import IO

from longshore.engine.base import Engine, ExecRequest
from longshore.flow.exchange import draft_of, quoted, take_place
from longshore.flow.streams import captured
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.servers import server_in
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.state.folders import DATA, folder, make_private
from longshore.state.observed import Container

__all__ = ["Database", "Shelf", "database_of"]

SQLITE = re.compile(r"^sqlite(?:\+\w+)?:///(?P<path>[^?]+)")

RunHere = Callable[[tuple[str, ...], IO[bytes] | None, IO[bytes] | None], Awaitable[tuple[int, str]]]
"""Runs a command in a container of the migrating service, with these as its standard input and output: exit code and
what it said."""

SQLITE_OUT = """
import os, sqlite3, sys, tempfile
path = sys.argv[1]
if os.path.exists(path):
    copy = tempfile.mktemp()
    with sqlite3.connect(path) as live, sqlite3.connect(copy) as there:
        live.backup(there)
    sys.stdout.buffer.write(open(copy, "rb").read())
"""
SQLITE_BACK = """
import os, shutil, sqlite3, sys, tempfile
path, stays = sys.argv[1:]
copy = tempfile.mktemp()
open(copy, "wb").write(sys.stdin.buffer.read())
with sqlite3.connect(copy) as kept, sqlite3.connect(path) as live, sqlite3.connect(stays) as beside:
    assert kept.execute("pragma integrity_check").fetchone() == ("ok",)
    live.backup(beside)
    kept.backup(live)
"""


@record
class Database:
    """`kind` is "postgres" or "sqlite"; `service` the one whose container has it; `name` the database, or the path of
    the file in the container; `user` the server's superuser."""

    kind: str
    service: str
    name: str
    user: str = ""


def database_of(stack: Stack, service: Service) -> Database | None:
    """The database that a service migrates: the PostgreSQL that it depends on, or the SQLite file that its environment
    names. None where neither is plain to see."""
    for value in service.environment.values():
        match = SQLITE.match(value or "")
        if match:
            path = match["path"]
            return Database("sqlite", service.name, path if path.startswith("/") else f"{service.working_dir}/{path}")
    for name in service.depends_on:
        other = stack.services.get(name)
        if other and other.image and server_in(other.image) == "PostgreSQL":
            user = other.environment.get("POSTGRES_USER") or "postgres"
            return Database("postgres", name, other.environment.get("POSTGRES_DB") or user, user)
    return None


@record
class Shelf:
    """Where the points of one project's database are kept: files of this user alone, under the data folder."""

    engine: Engine
    stack: Stack
    database: Database
    environ: Mapping[str, str]
    run_here: RunHere

    @property
    def folder(self) -> Path:
        place = Path(folder(self.environ, DATA)) / "backups" / self.stack.name
        for one in (place.parent.parent, place.parent, place):
            make_private(one)
        return place

    def last(self) -> Path | None:
        """The youngest point."""
        found = sorted(self.folder.glob(f"*{self._suffix}"))
        return found[-1] if found else None

    @property
    def _suffix(self) -> str:
        return f"-{Path(self.database.name).name}.{self.database.kind}"

    async def keep(self) -> Path:
        """Copy the database into a file. Raises ShoreError where that fails: then nothing else is to happen."""
        path = self.folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{time.time_ns() % 10**6:06}{self._suffix}"
        path.touch(mode=0o600)
        with path.open("wb") as file:
            code, said = await (self._dump(file) if self.database.kind == "postgres" else self._copy_out(file))
        if code:
            path.unlink()
            raise ShoreError(
                f"the backup of {self.database.name} failed with code {code}",
                details=tuple(said.splitlines()[-5:]),
                hint="mend that first, or go on without one: --no-backup",
            )
        return path

    async def go_back(self, path: Path) -> str:
        """Put a kept copy in the database's place; the name under which the present one stays. Raises ShoreError where
        the copy cannot be read: then the database is as it was."""
        stays = f"{self.database.name}_before_{time.strftime('%Y%m%dT%H%M%S')}"
        if self.database.kind == "sqlite":
            with path.open("rb") as file:
                code, said = await self.run_here(("python", "-c", SQLITE_BACK, self.database.name, stays), file, None)
            if code:
                raise _unreadable(path, said)
        else:
            await self._restore(path, stays)
        return stays

    async def _dump(self, file: IO[bytes]) -> tuple[int, str]:
        words = ("pg_dump", "-Fc", "-U", self.database.user, "-d", self.database.name)
        container = await self._running()
        with captured(stdout=file) as said:
            code = await self.engine.execute(container, ExecRequest(words))
        return code, said.text

    async def _copy_out(self, file: IO[bytes]) -> tuple[int, str]:
        return await self.run_here(("python", "-c", SQLITE_OUT, self.database.name), None, file)

    async def _restore(self, path: Path, stays: str) -> None:
        """Beside the present one first; only what could be restored takes its name."""
        name, draft = self.database.name, draft_of(self.database.name)
        await self._sql(f"DROP DATABASE IF EXISTS {quoted(draft)}")
        await self._sql(f"CREATE DATABASE {quoted(draft)}")
        words = ("pg_restore", "--exit-on-error", "--single-transaction", "-U", self.database.user, "-d", draft)
        container = await self._running()
        with path.open("rb") as file, captured(file) as said:
            code = await self.engine.execute(container, ExecRequest(words))
        if code:
            await self._sql(f"DROP DATABASE {quoted(draft)}")
            raise _unreadable(path, said.text)
        await take_place(self._sql, name, stays)

    async def _sql(self, text: str) -> str:
        words = ("psql", "-v", "ON_ERROR_STOP=1", "-qAt", "-U", self.database.user, "-d", "template1", "-c", text)
        container = await self._running()
        with captured() as said:
            code = await self.engine.execute(container, ExecRequest(words))
        if code:
            raise ShoreError(f"{self.database.service}: {text} failed", details=tuple(said.text.splitlines()[-5:]))
        return said.text.rstrip("\n")

    async def _running(self) -> Container:
        observed = await self.engine.observe(self.stack.name)
        found = [one for one in observed.of(self.database.service) if one.state == "running"]
        if not found:
            service = self.database.service
            raise ShoreError(f"{service} does not run", hint=f"start it: shore up -d {service}")
        return found[0]


def _unreadable(path: Path, said: str) -> ShoreError:
    return ShoreError(
        f"{path} cannot be restored; the database is as it was",
        details=tuple(said.splitlines()[-5:]),
        hint="try an older one of the same folder",
    )
