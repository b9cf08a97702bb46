"""Marks that are written into a stack's data and looked for later: by each server's own client, as its users would."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping

from longshore.model.record import record
from longshore.model.servers import server_of
from longshore.model.service import EMPTY, Service
from longshore.verify.live import Live, cannot

__all__ = ["MARKERS", "Mark", "Marker", "file_marker", "marker_of", "path_marker"]

PATIENCE = 60.0
"""Seconds for a server's own client: on a busy machine MongoDB's alone takes half of them to begin."""


@record
class Marker:
    """How a mark is written, read and removed in a service: commands for its shell, which have the mark as $1. `read`
    prints it. `what` says what is written ("a row")."""

    what: str
    write: str
    read: str
    remove: str
    environment: Callable[[Service], Mapping[str, str]] = lambda service: EMPTY


@record
class Mark:
    """One mark in one place. `about` is a volume, or a service and what it keeps."""

    about: str
    service: str
    marker: Marker
    text: str

    async def write(self, live: Live) -> None:
        """Raises ShoreError where it cannot be written."""
        answer = await self._run(live, self.marker.write)
        if answer[0]:
            raise cannot(f"{self.service}: {self.marker.what} cannot be written: {answer[1][:200]}")

    async def there(self, live: Live) -> bool:
        """Whether it is still there."""
        return self.text in (await self._run(live, self.marker.read))[1]

    async def remove(self, live: Live) -> None:
        """Take it away again."""
        await self._run(live, self.marker.remove)

    async def _run(self, live: Live, script: str) -> tuple[int, str]:
        service = live.stack.services[self.service]
        words = ("sh", "-c", script, "sh", self.text)
        environment = self.marker.environment(service)
        answer = await live.execute(self.service, *words, environment=environment, limit=PATIENCE)
        return (1 if answer.code is None else answer.code), answer.text


def _redis_password(service: Service) -> Mapping[str, str]:
    """The one that the server's command line or its health check names."""
    check = service.healthcheck.test if service.healthcheck else ()
    words = " ".join((*(service.command or ()), *check))
    found = re.search(r"(?:--requirepass|--pass|-a)[\s=]+[\"']?([^\s\"']+)", words)
    return {"REDISCLI_AUTH": found[1]} if found else EMPTY


_PSQL = (
    'psql -v ON_ERROR_STOP=1 -qAt -U "${POSTGRES_USER:-postgres}" -d "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}" -c '
)
_POSTGRES = Marker(
    "a row",
    _PSQL + "\"CREATE TABLE IF NOT EXISTS shore_verify (mark text); INSERT INTO shore_verify VALUES ('$1')\"",
    _PSQL + "\"SELECT mark FROM shore_verify WHERE mark = '$1'\"",
    _PSQL + '"DROP TABLE IF EXISTS shore_verify"',
)

_SQL = (
    'export MYSQL_PWD="${MARIADB_ROOT_PASSWORD:-$MYSQL_ROOT_PASSWORD}"; '
    "c=$(command -v mariadb || command -v mysql); "
    'd="${MARIADB_DATABASE:-${MYSQL_DATABASE:-shore_verify}}"; '
)
_MYSQL = Marker(
    "a row",
    _SQL + '$c -u root -e "CREATE DATABASE IF NOT EXISTS $d; CREATE TABLE IF NOT EXISTS $d.shore_verify (mark text); '
    "INSERT INTO $d.shore_verify VALUES ('$1')\"",
    _SQL + "$c -u root -N -e \"SELECT mark FROM $d.shore_verify WHERE mark = '$1'\"",
    _SQL + '$c -u root -e "DROP TABLE $d.shore_verify"',
)

_CLI = "$(command -v redis-cli || command -v valkey-cli || command -v keydb-cli) --no-auth-warning "
_REDIS = Marker(
    "a key", f'{_CLI} SET shore:verify "$1" | grep -qx OK', f"{_CLI} GET shore:verify", f"{_CLI} DEL shore:verify",
    _redis_password,
)  # fmt: skip

_SHELL = (
    'mongosh --quiet ${MONGO_INITDB_ROOT_USERNAME:+-u "$MONGO_INITDB_ROOT_USERNAME" -p "$MONGO_INITDB_ROOT_PASSWORD" '
    "--authenticationDatabase admin} shore_verify --eval "
)
_MONGO = Marker(
    "a document",
    _SHELL + "\"db.marks.insertOne({mark: '$1'}).acknowledged || quit(1)\"",
    _SHELL + "\"db.marks.findOne({mark: '$1'})\"",
    _SHELL + '"db.dropDatabase()"',
)

MARKERS: Mapping[str, Marker] = {
    "PostgreSQL": _POSTGRES, "MySQL": _MYSQL, "MariaDB": _MYSQL, "MongoDB": _MONGO,
    "Redis": _REDIS, "Valkey": _REDIS, "KeyDB": _REDIS,
}  # fmt: skip
"""By the server's name (model/servers.py)."""


def marker_of(service: Service) -> Marker | None:
    """How a mark is kept by the server that the service is; None where it is none that is known."""
    return MARKERS.get(server_of(service))


_SQLITE = """
python=$(command -v python3 || command -v python) || { echo "no Python to write to SQLite with"; exit 1; }
"$python" -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=10) as database:
    for row in [row for one in sys.argv[3:] for row in database.execute(one, [sys.argv[2]] * one.count("?"))]:
        print(*row)' """
SQLITE = (".db", ".sqlite", ".sqlite3")


def path_marker(path: str) -> Marker:
    """A row where the path is that of a SQLite database, by its name; else a file in the folder."""
    if not path.endswith(SQLITE):
        return file_marker(path)
    call = f'{_SQLITE}{shlex.quote(path)} "$1" '
    return Marker(
        "a row of SQLite's",
        f'{call}"CREATE TABLE IF NOT EXISTS shore_verify (mark TEXT)" "INSERT INTO shore_verify VALUES (?)"',
        f'{call}"SELECT mark FROM shore_verify WHERE mark = ?"',
        f'{call}"DROP TABLE IF EXISTS shore_verify"',
    )


def file_marker(folder: str) -> Marker:
    """A file in a folder of the service, which its own user writes."""
    path = f"'{folder.rstrip('/')}/.shore-verify'"
    return Marker("a file", f'printf %s "$1" > {path}', f"cat {path} 2>/dev/null", f"rm -f {path}")
