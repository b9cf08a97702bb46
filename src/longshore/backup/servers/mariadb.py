"""MariaDB: every database by mariadb-dump, counted in a transaction that begins at the same moment as the dump's;
restored beside the live one, compared, then its tables renamed in one statement."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO

from longshore.backup.hands import Hands
from longshore.backup.manifest import Content, Counted
from longshore.backup.parts import Part
from longshore.backup.servers.kind import Kind, failed, refuse_difference
from longshore.model.errors import ShoreError

__all__ = ["MariaDB", "tables_of"]

END = b"-- Dump completed"
"""What a whole dump ends with."""
BEFORE = re.compile(r"_before_\d{8}T\d{6}$")
USERS = "users.sql"

OPEN = r"""
set -e
value() { eval "v=\${$1:-} f=\${$1_FILE:-}"; [ -n "$v" ] || [ -z "$f" ] || v=$(cat "$f"); printf %s "$v"; }
MYSQL_PWD=$(value MARIADB_ROOT_PASSWORD); [ -n "$MYSQL_PWD" ] || MYSQL_PWD=$(value MYSQL_ROOT_PASSWORD)
export MYSQL_PWD
unset MARIADB_HOST MYSQL_HOST
sql() { mariadb --no-defaults --default-character-set=utf8mb4 -u root -N -B "$@"; }
dump() { mariadb-dump --no-defaults --default-character-set=utf8mb4 -u root --hex-blob --skip-lock-tables "$@"; }
list() { sql --raw -e "SELECT $1"; }
code_of() { # DATABASE: its views, triggers, routines and events
  views=$(list "table_name FROM information_schema.views WHERE table_schema = '$1'")
  [ -z "$views" ] || printf '%s\n' "$views" | tr '\n' '\0' | xargs -0 mariadb-dump --no-defaults \
    --default-character-set=utf8mb4 -u root --skip-lock-tables --skip-triggers --no-data "$1"
  dump --no-create-info --no-data --routines --events --triggers --add-drop-trigger "$1"
}
drop_code() { # DATABASE
  for kind in TRIGGER EVENT; do
    list "CONCAT('DROP $kind IF EXISTS \`', REPLACE(${kind}_name, '\`', '\`\`'), '\`;')
      FROM information_schema.${kind}S WHERE ${kind}_schema = '$1'" | sql "$1"
  done
  list "CONCAT('DROP ', routine_type, ' IF EXISTS \`', REPLACE(routine_name, '\`', '\`\`'), '\`;')
    FROM information_schema.routines WHERE routine_schema = '$1'" | sql "$1"
  list "CONCAT('DROP VIEW IF EXISTS \`', REPLACE(table_name, '\`', '\`\`'), '\`;')
    FROM information_schema.views WHERE table_schema = '$1'" | sql "$1"
}
tables() { # FROM TO: a piece of RENAME TABLE for each
  sql --raw -e "SET group_concat_max_len = 100000000; SELECT GROUP_CONCAT('\`$1\`.\`',
    REPLACE(table_name, '\`', '\`\`'), '\` TO \`$2\`.\`', REPLACE(table_name, '\`', '\`\`'), '\`' SEPARATOR ', ')
    FROM information_schema.tables WHERE table_schema = '$1' AND table_type = 'BASE TABLE'
    AND table_name <> 'longshore_exchange' HAVING COUNT(*) > 0"
}
exchange() { # DATABASE STAYS: what the journal in its draft says is done to the end
  draft="$1_restored"
  drop_code "$1"
  in=$(tables "$draft" "$1")
  if [ -n "$in" ]; then
    list "CONCAT('CREATE DATABASE IF NOT EXISTS \`$2\` CHARACTER SET ', default_character_set_name, ' COLLATE ',
      default_collation_name) FROM information_schema.schemata WHERE schema_name = '$1'" | sql
    out=$(tables "$1" "$2")
    sql -e "SET foreign_key_checks = 0; RENAME TABLE ${out:+$out, }$in"
  fi
  list "UNHEX(code) FROM \`$draft\`.longshore_exchange" | sql "$1"
  old=$(list "UNHEX(old) FROM \`$draft\`.longshore_exchange")
  [ -z "$old" ] || printf '%s\n' "$old" | sql "$2" || true
  sql -e "DROP DATABASE \`$draft\`"
}
repair() {
  list "schema_name FROM information_schema.schemata WHERE schema_name LIKE '%\\_restored'" | while read -r draft; do
    stays=$(list "stays FROM \`$draft\`.longshore_exchange" 2>/dev/null || true)
    if [ -n "$stays" ]; then exchange "${draft%_restored}" "$stays" </dev/null
    else sql -e "DROP DATABASE \`$draft\`" </dev/null; fi
  done
}
"""
"""The password goes by the environment. A restore keeps its journal in its draft: whoever comes after a killed one
finishes what had come to its exchange, and drops any other's draft."""

COUNTS = r"""
counts() { # DATABASE: a statement for each table
  sql --raw -e "SET group_concat_max_len = 100000000; SELECT CONCAT('SELECT \'row\', ', QUOTE(t.table_name),
    ', COUNT(*), COALESCE(SUM(CAST(CONV(LEFT(MD5(CONCAT_WS(\',\', ', (SELECT GROUP_CONCAT('COALESCE(MD5(CAST(\`',
    REPLACE(c.column_name, '\`', '\`\`'), '\` AS BINARY)), \'-\')' ORDER BY c.ordinal_position)
    FROM information_schema.columns c WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name),
    ')), 15), 16, 10) AS UNSIGNED)), 0) FROM \`$1\`.\`', REPLACE(t.table_name, '\`', '\`\`'), '\`;')
    FROM information_schema.tables t WHERE t.table_schema = '$1' AND t.table_type = 'BASE TABLE'
    ORDER BY t.table_name"
}
"""
"""Rows, and the sum of their hashes: the same in whatever order they come, and in whatever form they are stored."""

KEEP = rf"""{OPEN}{COUNTS}
dir=$(mktemp -d); mkfifo "$dir/in" "$dir/out"
sql --unbuffered <"$dir/in" >"$dir/out" 2>"$dir/said" &
counting=$!
exec 3>"$dir/in" 4<"$dir/out"
trap 'exec 3>&- 4<&-; wait $counting || true; cat "$dir/said" >&2; rm -rf "$dir"' EXIT
await() {{ while read -r line <&4; do [ "$line" != "$1" ] || return 0; printf '%s\n' "$line" >&2; done; return 9; }}
cat >&3 <<'END'
SET time_zone = '+00:00', lock_wait_timeout = 10;
FLUSH TABLES WITH READ LOCK;
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
START TRANSACTION WITH CONSISTENT SNAPSHOT;
SELECT CONCAT('at ', CONNECTION_ID());
END
read -r word number <&4 || {{ echo "no moment without a long query could be had within 10 s" >&2; exit 9; }}
counts "$1" >"$dir/counts"
views=$(list "CONCAT('--ignore-table=', table_schema, '.', table_name)
  FROM information_schema.views WHERE table_schema = '$1'")
{{ code=0; dump --single-transaction --skip-triggers $views "$1" || code=$?; echo $code >"$dir/done"; }} 3>&- 4<&- &
dumping=$!
waited=0
until [ "$(list "COUNT(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p
  ON p.id = t.trx_mysql_thread_id WHERE p.id > $number AND p.user = 'root' AND p.db = '$1'")" != 0 ]; do
  [ ! -s "$dir/done" ] || break
  waited=$((waited + 1)); [ $waited -lt 100 ] || {{ kill $dumping; echo "the dump did not begin" >&2; exit 9; }}
  sleep 0.05
done
echo "UNLOCK TABLES;" >&3
cat "$dir/counts" >&3
echo "SELECT 'counted';" >&3
await counted
wait $dumping
[ "$(cat "$dir/done")" = 0 ] || {{ echo "mariadb-dump failed" >&2; exit 9; }}
"""
"""The server's lock on writes is held until both transactions have begun: some hundredths of a second."""

FILL = rf"""{OPEN}{COUNTS}
draft="$1_restored"
sql -e "CREATE DATABASE \`$draft\` CHARACTER SET $2 COLLATE $3"
{{ echo "SET foreign_key_checks = 0, unique_checks = 0, autocommit = 0;"; cat; echo "COMMIT;"; }} | sql "$draft"
{{ echo "SET time_zone = '+00:00';"; counts "$draft"; }} | sql >&2
"""
EXCHANGE = rf"""{OPEN}
draft="$1_restored"
code=$(od -An -v -tx1 | tr -d ' \n')
sql -e "CREATE DATABASE IF NOT EXISTS \`$1\` CHARACTER SET $3 COLLATE $4"
old=$(code_of "$1" | od -An -v -tx1 | tr -d ' \n')
printf '%s\n' "CREATE TABLE \`$draft\`.longshore_exchange (stays TEXT, code LONGTEXT, old LONGTEXT) ENGINE=InnoDB;
INSERT INTO \`$draft\`.longshore_exchange VALUES ('$2', '$code', '$old');" | sql
exchange "$1" "$2" </dev/null
"""
LIST = f"""{OPEN}
repair
list "CONCAT_WS('\t', schema_name, default_character_set_name, default_collation_name, VERSION())
  FROM information_schema.schemata WHERE schema_name NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')
  ORDER BY schema_name"
"""


class MariaDB(Kind):
    """A server, with all its databases but its own. Its root's password is what MARIADB_ROOT_PASSWORD says."""

    def __init__(self, hands: Hands, part: Part) -> None:
        self._hands, self._part = hands, part

    async def keep(self, folder: Path) -> Content:
        counted: list[Counted] = []
        settings: list[tuple[str, str]] = []
        with (folder / USERS).open("wb") as file:
            await self._sh("keeping the users", f"{OPEN}dump --system=users --insert-ignore", stdout=file)
        files, version = [USERS], ""
        for number, (name, charset, collation, here) in enumerate(await self._databases()):
            version = here
            if BEFORE.search(name):
                continue
            path = folder / f"database-{number}.sql"
            with path.open("wb") as file:
                said = await self._sh(f"the dump of {name}", KEEP, name, stdout=file)
            _whole(path, f"{self._part.name}: the dump of {name}")
            with path.with_suffix(".code").open("wb") as file:
                await self._sh(f"the views and routines of {name}", f'{OPEN}code_of "$1"', name, stdout=file)
            counted += tables_of(name, said)
            settings.append((name, f"{number} {charset} {collation}"))
            files += [path.name, path.with_suffix(".code").name]
        size = sum((folder / name).stat().st_size for name in files)
        return Content(self._part.name, self._part.kind, tuple(counted), tuple(files), version, size, tuple(settings))

    async def _databases(self) -> list[tuple[str, str, str, str]]:
        said = await self._sh("listing the databases", LIST)
        rows = [line.split("\t") for line in said.splitlines() if line.count("\t") == 3]
        odd = next((row[0] for row in rows if not re.fullmatch(r"[\w$ .-]+", row[0])), None)
        if odd is not None:
            raise ShoreError(f"{self._part.name}: a database called {odd} cannot be kept", hint="give it a plain name")
        return [(name, charset, collation, version.split("-")[0]) for name, charset, collation, version in rows]

    async def put(self, folder: Path, kept: Content, stamp: str) -> str:
        here = await self._databases()
        if here:
            self._check_version(kept, here[0][3])
        live = {name for name, *_ in here}
        with (folder / USERS).open("rb") as file:
            await self._sh("making the users", f"{OPEN}sql --force mysql", stdin=file)
        try:
            for name, settings in kept.settings:
                await self._fill(name, settings.split(), folder, kept)
        except BaseException:
            await self._sh("clearing up", f"{OPEN}repair")
            raise
        for name, settings in kept.settings:
            number, charset, collation = settings.split()
            with (folder / f"database-{number}.code").open("rb") as file:
                words = (name, f"{name}_before_{stamp}", charset, collation)
                await self._sh(f"the exchange of {name}", EXCHANGE, *words, stdin=file)
        return ", ".join(f"{name}_before_{stamp}" for name, _ in kept.settings if name in live)

    async def _fill(self, name: str, settings: list[str], folder: Path, kept: Content) -> None:
        """A database of another name that holds what was kept, compared with the manifest."""
        number, charset, collation = settings
        path = folder / f"database-{number}.sql"
        _whole(path, f"{self._part.name}: the dump of {name}")
        with path.open("rb") as file:
            said = await self._sh(f"restoring {name}", FILL, name, charset, collation, stdin=file)
        refuse_difference(self._part, kept, tables_of(name, said), name)

    def _check_version(self, kept: Content, there: str) -> None:
        """A newer series restores what an older one has kept; not the reverse."""
        if _series(there) < _series(kept.server):
            raise ShoreError(
                f"{self._part.name}: kept by MariaDB {kept.server}, and MariaDB {there} runs here",
                hint=f"use an image of MariaDB {'.'.join(map(str, _series(kept.server)))} or later",
            )

    async def forget(self) -> tuple[str, ...]:
        gone = tuple(name for name, *_ in await self._databases() if BEFORE.search(name))
        for name in gone:
            await self._sh(f"removing {name}", f'{OPEN}sql -e "DROP DATABASE \\`$1\\`"', name)
        return gone

    async def _sh(
        self, what: str, script: str, *words: str, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None
    ) -> str:
        command = ("sh", "-c", script, "sh", *words)
        code, said = await self._hands.execute(self._part.service, command, stdin=stdin, stdout=stdout)
        if code:
            raise failed(self._part, what, code, said, _hint(said))
        return said


def _hint(said: str) -> str:
    if "Access denied" in said:
        return "root has another password than MARIADB_ROOT_PASSWORD now says: it counts at the first start"
    return ""


def _series(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def _whole(path: Path, what: str) -> None:
    """Raises ShoreError for a dump that was cut short."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 200))
        if END not in file.read():
            raise ShoreError(f"{what} was cut short", hint="use another snapshot; the live data is as it was")


def tables_of(database: str, said: str) -> list[Counted]:
    """What the counting prints: a row for each table."""
    rows = [line.split("\t") for line in said.splitlines() if line.startswith("row\t") and line.count("\t") == 3]
    return [Counted(f"{database}: {table}", int(count), digest) for _, table, count, digest in rows]
