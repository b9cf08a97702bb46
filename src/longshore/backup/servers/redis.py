"""Redis and Valkey: all databases as one RDB file, counted by a second server that has nothing else; restored into a
database that nobody uses, then exchanged with the live one in one step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from longshore.backup.hands import Hands
from longshore.backup.manifest import Content, Counted, compare
from longshore.backup.parts import Part
from longshore.backup.servers.kind import Kind, failed
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import EMPTY

__all__ = ["Redis", "password_of"]

DUMP = "dump.rdb"

ELSEWHERE = r"""
bin=$(mktemp -d); chmod 755 "$bin"
printf '#!/bin/sh\nexec %s -h "$HOST" -p "$PORT" "$@"\n' "$(command -v redis-cli)" >"$bin/redis-cli"
chmod 755 "$bin/redis-cli"; PATH=$bin:$PATH
"""
"""Where the server is in another container, its client goes there; one that is given a socket goes to that."""

CLEAN = r"""
for n in $(redis-cli info keyspace | sed -n 's/^db\([0-9]*\):.*/\1/p'); do
  [ "$(redis-cli -n "$n" exists shore:restoring)" = 0 ] || redis-cli -n "$n" flushdb >/dev/null
done
"""
"""A database that a restore was filling when it was killed."""

DUMPS = rf"""
set -e
{CLEAN}
dir=$(mktemp -d); delay=$(redis-cli config get repl-diskless-sync-delay | tail -n 1)
trap '[ -z "$delay" ] || redis-cli config set repl-diskless-sync-delay "$delay" >/dev/null; rm -rf "$dir"' EXIT
redis-cli config set repl-diskless-sync-delay 0 >/dev/null
redis-cli --rdb "$dir/dump" >/dev/null
cat "$dir/dump"
"""
"""The server would wait five seconds for more replicas that want the same."""

SECOND = r"""
set -e
dir=$(mktemp -d); second() { env -u REDISCLI_AUTH redis-cli -s "$dir/s" "$@"; }
trap 'second shutdown nosave >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
cat > "$dir/dump.rdb"
version=$(redis-server --version | sed 's/.*v=\([0-9.]*\).*/\1/'); debug=
[ "${version%%.*}" -lt 7 ] || debug="--enable-debug-command yes"
redis-server --port 0 --unixsocket "$dir/s" --dir "$dir" --dbfilename dump.rdb --save '' --appendonly no \
  --replicaof 127.0.0.1 1 --replica-read-only no $debug --daemonize yes --logfile "$dir/log" >/dev/null
waited=0
until [ "$(second ping 2>/dev/null)" = PONG ]; do
  waited=$((waited + 1)); [ $waited -lt 3000 ] || break
  sleep 0.02
  [ -S "$dir/s" ] || [ $waited -lt 50 ] || break
done
[ "$(second ping 2>/dev/null)" = PONG ] || { tail -n 3 "$dir/log" >&2; exit 9; }
echo "version $version"
"""
"""A second server on a socket file of its own. As a replica of nobody it also keeps what has expired since."""

COUNT = r"""
second info keyspace | tr -d '\r' | sed -n 's/^db\([0-9]*\):keys=\([0-9]*\),expires=\([0-9]*\).*/db \1 \2 \3/p'
dbs=$(second info keyspace | sed -n 's/^db\([0-9]*\):.*/\1/p')
second replicaof no one >/dev/null
for n in $dbs; do
  second -n "$n" --scan >/dev/null
  second -n "$n" eval "for _, k in ipairs(redis.call('KEYS', '*')) do
    if redis.call('PTTL', k) >= 0 then redis.call('DEL', k) end end" 0 >/dev/null
done
echo "digest $(second debug digest)"
"""
"""Keys of each database, how many of them expire, and the server's own digest of all that do not. What has expired
since is not listed, and in the digest all the same: a scan by a server that is no replica takes it away."""

PUT = rf"""
{CLEAN}
dbs=$( (redis-cli info keyspace; second info keyspace) | sed -n 's/^db\([0-9]*\):.*/\1/p' | sort -un)
spare=$(redis-cli config get databases | tail -n 1 | tr -d '\r'); exchange=; spares=
trap 'for s in $spares; do redis-cli -n "$s" flushdb >/dev/null 2>&1 || true; done
  second shutdown nosave >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
auth=; [ -z "$REDISCLI_AUTH" ] || auth="'AUTH', ARGV[3],"
for n in $dbs; do
  spare=$((spare - 1))
  while echo "$dbs" | grep -qx "$spare"; do spare=$((spare - 1)); done
  [ "$spare" -ge 0 ] || {{ echo "too few databases are free to restore beside the live ones" >&2; exit 8; }}
  redis-cli -n "$spare" set shore:restoring 1 >/dev/null; spares="$spares $spare"
  said=$(second -n "$n" eval "local keys = redis.call('KEYS', '*')
    for first = 1, #keys, 500 do
      redis.call('MIGRATE', '$HOST', ARGV[1], '', ARGV[2], 60000, 'COPY', 'REPLACE', $auth 'KEYS',
                 unpack(keys, first, math.min(first + 499, #keys)))
    end
    return 'moved'" 0 "$PORT" "$spare" "$REDISCLI_AUTH")
  [ "$said" = moved ] || {{ echo "$said" >&2; exit 7; }}
  exchange="$exchange
SELECT $spare
DEL shore:restoring
SWAPDB $n $spare
FLUSHDB"
done
spares=
said=$(printf 'MULTI%s\nEXEC\n' "$exchange" | redis-cli)
case "$said" in *ERR*|*EXECABORT*) echo "$said" >&2; exit 6;; esac
"""
"""Each database is filled beside the live one; all are exchanged in one step, in which the old ones go."""


class Redis(Kind):
    """One server; its password is the one that its command line or REDIS_PASSWORD has."""

    def __init__(self, hands: Hands, part: Part) -> None:
        self._hands, self._part = hands, part
        service = hands.service(part.service)
        words = (*(service.entrypoint or ()), *(service.command or ()))
        self._password = password_of(words, service.environment) or service.environment.get("REDIS_PASSWORD") or ""

    async def keep(self, folder: Path) -> Content:
        path = folder / DUMP
        with path.open("wb") as file:
            code, said = await self._sh(DUMPS, stdout=file)
        if code:
            raise failed(self._part, "redis-cli --rdb", code, said)
        return await self._content(path)

    async def _content(self, path: Path) -> Content:
        """What an RDB file holds, by a server that has loaded it."""
        with path.open("rb") as file:
            code, said = await self._sh(SECOND + COUNT, stdin=file)
        if code:
            raise failed(self._part, "reading the dump back", code, said)
        counted, version = read_counts(said)
        return Content(self._part.name, self._part.kind, counted, (DUMP,), version, path.stat().st_size)

    async def put(self, folder: Path, kept: Content, stamp: str) -> str:
        del stamp
        wrong = list(compare(kept, await self._content(folder / DUMP)))
        if wrong:
            raise ShoreError(
                f"{self._part.name}: the snapshot is not what was kept: {wrong[0].name} {wrong[0].text}",
                hint="use another snapshot; the live data is as it was",
            )
        with (folder / DUMP).open("rb") as file:
            code, said = await self._sh(SECOND + PUT, stdin=file)
        if code:
            raise failed(self._part, "restoring", code, said, "what it was is in the snapshot that was made before")
        draft = folder / "after.rdb"
        try:
            await self._check(draft, kept)
        finally:
            draft.unlink(missing_ok=True)
        return ""

    async def _check(self, draft: Path, kept: Content) -> None:
        folder = draft.parent / "after"
        folder.mkdir(exist_ok=True)
        there = await self.keep(folder)
        wrong = list(compare(kept, replace(there, part=kept.part)))
        if wrong:
            raise ShoreError(f"{self._part.name}: after the restore {wrong[0].name}: {wrong[0].text}")

    async def forget(self) -> tuple[str, ...]:
        return ()

    async def _sh(
        self, script: str, *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None
    ) -> tuple[int, str]:
        port = re.search(r"--port\s+(\d+)", " ".join(self._hands.service(self._part.service).command or ()))
        address = self._hands.address(self._part.service)
        given = {"PORT": port[1] if port else "6379", "HOST": address or "127.0.0.1"}
        there = ELSEWHERE if address else ""
        if self._password:
            given["REDISCLI_AUTH"] = self._password
        return await self._hands.execute(
            self._part.service, ("sh", "-c", there + script), stdin=stdin, stdout=stdout, environment=given
        )


def password_of(words: tuple[str, ...], environment: Mapping[str, str | None] = EMPTY) -> str:
    """The one that `redis-server --requirepass PASSWORD` is given, also in a shell's words, and by a variable."""
    match = re.search(r"--requirepass[\s=]+(?:\"([^\"]*)\"|'([^']*)'|(\S+))", " ".join(words))
    found = next((group for group in match.groups() if group), "") if match else ""
    variable = re.fullmatch(r"\$(\w+)|\$\{(\w+)\}", found)
    return (environment.get(variable[1] or variable[2]) or "") if variable else found


def read_counts(said: str) -> tuple[tuple[Counted, ...], str]:
    """What COUNT prints: per database the keys that stay and those that expire, and a digest of those that stay."""
    counted: list[Counted] = []
    stay, version, digest = 0, "", ""
    for line in said.splitlines():
        match line.split():
            case ["db", number, keys, expires]:
                counted.append(Counted(f"db{number} keys", int(keys) - int(expires)))
                counted.append(Counted(f"db{number} keys that expire", int(expires), at_most=True))
                stay += int(keys) - int(expires)
            case ["digest", text]:
                digest = text
            case ["version", text]:
                version = text
    return (*counted, Counted("all keys that stay", stay, digest)), version
