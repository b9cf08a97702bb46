"""PostgreSQL: every database by pg_dump, counted in the dump's own transaction; restored beside the live one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

from longshore.backup.hands import Hands
from longshore.backup.manifest import Content, Counted
from longshore.backup.parts import Part
from longshore.backup.servers.kind import Kind, failed, refuse_difference
from longshore.flow.exchange import BEFORE, draft_of, open_again, quoted, take_place
from longshore.model.errors import ShoreError

__all__ = ["Postgres"]

TAB = "\t"

COUNT = r"""
SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM %I.%I AS t',
              n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1 \gexec
"""
"""Every table's rows, and the sum of their hashes: the same in whatever order they come."""

KEEP = rf"""
\o | cat >&2
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
\! pg_dump -Fc -Z0 --snapshot="$SNAPSHOT" || echo "pg_dump failed" >&2
{COUNT}
COMMIT;
"""
"""psql holds the transaction open while pg_dump, whose output is ours, sees the same moment. -Z0: the repository finds
what is the same as in the snapshot before, which it could not in compressed data."""

SETTINGS = """
SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database
WHERE datname = current_database()
"""
GLOBALS = "globals.sql"
HASTE = """
ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off; ALTER SYSTEM SET synchronous_commit = off;
ALTER SYSTEM SET max_wal_size = '4GB'; ALTER SYSTEM SET autovacuum = off; SELECT pg_reload_conf()
"""


class Postgres(Kind):
    """A server, with all its databases. Its superuser is who POSTGRES_USER says."""

    def __init__(self, hands: Hands, part: Part) -> None:
        self._hands, self._part = hands, part
        self._user = hands.service(part.service).environment.get("POSTGRES_USER") or "postgres"

    async def keep(self, folder: Path) -> Content:
        await open_again(self._sql)
        with (folder / GLOBALS).open("wb") as file:
            code, said = await self._hands.execute(
                self._part.service,
                ("pg_dumpall", "--globals-only", "-U", self._user),
                stdout=file,
                environment=self._reach(),
            )
        if code:
            raise failed(self._part, "pg_dumpall", code, said)
        counted: list[Counted] = []
        settings: list[tuple[str, str]] = []
        files = [GLOBALS]
        for number, name in enumerate(await self._databases()):
            path = folder / f"database-{number}.dump"
            counted += await self._dump(name, path)
            settings.append((name, await self._sql(SETTINGS, name)))
            files.append(path.name)
        size = sum((folder / name).stat().st_size for name in files)
        version = await self._sql("SHOW server_version")
        return Content(
            self._part.name, self._part.kind, tuple(counted), tuple(files), version.split()[0], size, tuple(settings)
        )

    async def count(self, folder: Path) -> Content:
        """Without a dump: nobody writes meanwhile."""
        del folder
        counted: list[Counted] = []
        for name in await self._databases():
            counted += await self._count(name, name)
        version = await self._sql("SHOW server_version")
        return Content(self._part.name, self._part.kind, tuple(counted), (), version.split()[0])

    async def _databases(self) -> list[str]:
        found = await self._sql("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1")
        return [name for name in found.splitlines() if not BEFORE.search(name) and not name.endswith("_restored")]

    async def _dump(self, database: str, path: Path) -> list[Counted]:
        with path.open("wb") as file:
            code, said = await self._psql(database, KEEP, stdout=file)
        if code or "pg_dump failed" in said:
            raise failed(self._part, f"the dump of {database}", code or 1, said)
        return _counted(database, said)

    async def hasten(self) -> None:
        await self._sql(HASTE)

    async def put(self, folder: Path, kept: Content, stamp: str) -> str:
        self._check_version(kept, await self._sql("SHOW server_version"))
        await self._roles(folder / GLOBALS)
        restored = []
        for number, (name, settings) in enumerate(kept.settings):
            if await self._is_empty(name, kept):
                continue
            await self._restore(name, settings, folder / f"database-{number}.dump", kept)
            restored.append(name)
        for name in restored:
            await take_place(self._sql, name, f"{name}_before_{stamp}")
        return ", ".join(f"{name}_before_{stamp}" for name in restored)

    async def _is_empty(self, name: str, kept: Content) -> bool:
        """Whether it had no table and has none: there is nothing to restore."""
        if any(one.name.startswith(f"{name}: ") for one in kept.counted):
            return False
        code, said = await self._psql(name, COUNT)
        return not code and not _counted(name, said)

    def _check_version(self, kept: Content, there: str) -> None:
        """A newer major version restores what an older one has kept; not the reverse."""
        if int(there.split(".")[0]) < int(kept.server.split(".")[0]):
            raise ShoreError(
                f"{self._part.name}: kept by PostgreSQL {kept.server}, and PostgreSQL {there.split()[0]} runs here",
                hint=f"use an image of PostgreSQL {kept.server.split('.')[0]} or later",
            )

    async def _roles(self, path: Path) -> None:
        """Roles that are not here yet; those that are keep their passwords."""
        here = set((await self._sql("SELECT rolname FROM pg_roles")).splitlines())
        lines = []
        for line in path.read_text().splitlines():
            words = line.split()
            own = words[:2] in (["CREATE", "ROLE"], ["ALTER", "ROLE"])
            if own and words[2].rstrip(";").strip('"') not in here:
                lines.append(line)
        if lines:
            code, said = await self._psql("template1", "\n".join(lines))
            if code:
                raise failed(self._part, "making the roles", code, said)

    async def _restore(self, name: str, settings: str, path: Path, kept: Content) -> None:
        """A database of another name that holds what was kept, compared with the manifest."""
        draft = draft_of(name)
        owner, encoding, collate, ctype = settings.split(TAB)
        await self._sql(
            f"DROP DATABASE IF EXISTS {quoted(draft)}; "
            f"CREATE DATABASE {quoted(draft)} OWNER {quoted(owner)} TEMPLATE template0 "
            f"ENCODING '{encoding}' LC_COLLATE '{collate}' LC_CTYPE '{ctype}'"
        )
        words = ("pg_restore", "--exit-on-error", "--single-transaction", "-U", self._user, "-d", draft)
        try:
            with path.open("rb") as file:
                code, said = await self._hands.execute(self._part.service, words, stdin=file, environment=self._reach())
            if code:
                raise failed(self._part, f"restoring {name}", code, said, "the live data is as it was")
            await self._compare(name, draft, kept)
        except BaseException:
            await self._sql(f"DROP DATABASE IF EXISTS {quoted(draft)}")
            raise

    async def _compare(self, name: str, draft: str, kept: Content) -> None:
        refuse_difference(self._part, kept, await self._count(draft, name), name)

    async def _count(self, database: str, called: str) -> list[Counted]:
        """What a database holds, under the name that it is `called`."""
        code, said = await self._psql(database, COUNT)
        if code:
            raise failed(self._part, f"counting {database}", code, said)
        return _counted(called, said)

    async def forget(self) -> tuple[str, ...]:
        found = (await self._sql("SELECT datname FROM pg_database ORDER BY 1")).splitlines()
        gone = tuple(name for name in found if BEFORE.search(name))
        for name in gone:
            await self._sql(f"DROP DATABASE {quoted(name)}")
        return gone

    async def _sql(self, text: str, database: str = "template1") -> str:
        code, said = await self._psql(database, f"{text.strip()};\n")
        if code:
            raise failed(self._part, text.strip().split("\n")[0], code, said)
        return said.rstrip("\n")

    def _reach(self) -> dict[str, str]:
        """The server's place and password for a command that does not run in its container."""
        address = self._hands.address(self._part.service)
        password = self._hands.service(self._part.service).environment.get("POSTGRES_PASSWORD") or ""
        return {"PGHOST": address, "PGPASSWORD": password} if address else {}

    async def _psql(self, database: str, script: str, stdout: IO[bytes] | None = None) -> tuple[int, str]:
        words = ("psql", "-X", "-q", "-A", "-t", "-F", TAB, "-v", "ON_ERROR_STOP=1")
        given = {
            **self._reach(),
            "PGUSER": self._user,
            "PGDATABASE": database,
            "PGOPTIONS": "-c client_min_messages=warning",
        }
        with tempfile.TemporaryFile() as file:
            file.write(script.encode())
            file.flush()
            service = self._part.service
            return await self._hands.execute(service, words, stdin=file, stdout=stdout, environment=given)


def _counted(database: str, said: str) -> list[Counted]:
    rows = [line.split(TAB) for line in said.splitlines() if line.count(TAB) == 2]
    return [Counted(f"{database}: {table}", int(count), digest) for table, count, digest in rows]
