"""Backups while somebody writes: what was acknowledged before one began is in it, nothing of it is half there, and what
is restored is what the manifest says. LONGSHORE_LONG_WRITES=1 does it; what came of it last:
bench/results/backup-writes.md"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docker import dockerd
from tests.e2e.behaviours.test_backup import COMPOSE, redis, sql
from tests.e2e.behaviours.test_backup_servers import MONGO, mongo, served
from tests.shore import Shore

__all__ = ["served"]
LONG = "LONGSHORE_LONG_WRITES"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not os.environ.get(LONG), reason=f"{LONG}=1 makes backups under writes: minutes"),
]

LITE = """
import itertools, os, sqlite3
live = sqlite3.connect("/media/w.db", timeout=60)
live.execute("pragma journal_mode=wal")
live.execute("create table if not exists w (id integer primary key)")
for n in itertools.count(1):
    live.execute("insert into w values (?)", (n,))
    live.commit()
    print(n, flush=True)
    if os.path.exists("/tmp/stop"):
        break
"""
MONGOS = """
const w = db.getSiblingDB('shop').w;
for (let n = 1; !require('fs').existsSync('/tmp/stop'); n++) { w.insertOne({_id: n}); print(n); }
"""
IDS = "import sqlite3; print(*(i for i, in sqlite3.connect('/media/w.db').execute('select id from w order by id')))"


@dataclass
class Writer:
    """Writes 1, 2, 3 … one after the other; `acknowledged` is the last that it was told is kept."""

    said: Path

    @property
    def acknowledged(self) -> int:
        lines = self.said.read_bytes().rpartition(b"\n")[0].split()
        return int(lines[-1]) if lines else 0


@contextlib.contextmanager
def writing(shop: Shore, name: str, service: str, *words: str) -> Iterator[Writer]:
    writer = Writer(shop.home / f"{name}.acknowledged")
    with writer.said.open("wb") as out:
        process = shop.start(
            "exec", "-T", service, *words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL
        )
        try:
            end = time.monotonic() + 60
            while writer.acknowledged < 20:
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.1)
            yield writer
        finally:
            shop.run("exec", "-T", service, "touch", "/tmp/stop")
            process.wait(60)


def counting(text: str, client: str) -> tuple[str, ...]:
    """A shell that gives a client one command after the other, each with the next number."""
    loop = f'n=0; while n=$((n + 1)); [ ! -e /tmp/stop ]; do echo "{text}" || exit; done'
    return ("sh", "-c", f"({loop}) | stdbuf -oL {client}")


def kept_of(shop: Shore, part: str, name: str) -> tuple[str, int]:
    """A snapshot that is made now, and how much the manifest says there is of this."""
    done = json.loads(shop.ok("backup", "--format", "json").out)
    content = next(one for one in done["manifest"]["contents"] if one["part"] == part)
    return done["snapshot"], next(one["count"] for one in content["counted"] if one["name"] == name)


def show(engine: str, what: str, before: int, kept: int, after: int) -> None:
    print(f"| {engine} | {what} | {before} | {kept} | {after} | 0 |", flush=True)


def test_three_kinds_under_writes(served: Shore, engine: str) -> None:
    shop = served
    (shop.folder / "compose.yaml").write_text(textwrap.dedent(COMPOSE))
    shop.ok("up", "-d", "--wait")
    sql(shop, "create table w (id int primary key)")
    writers = {
        "PostgreSQL": ("db", *counting("insert into w values ($n) returning id;", "psql -U shop -Atq")),
        "Redis": ("cache", *counting("rpush w $n", "redis-cli -a sesame")),
        "SQLite": ("app", "python", "-c", LITE),
    }
    with contextlib.ExitStack() as stack:
        at_work = {name: stack.enter_context(writing(shop, name, *words)) for name, words in writers.items()}
        for _ in range(3):
            before = {name: one.acknowledged for name, one in at_work.items()}
            done = json.loads(shop.ok("backup", "--format", "json").out)
            after = {name: one.acknowledged for name, one in at_work.items()}
            assert all(after[name] > before[name] for name in writers), (before, after)
    sql(shop, "truncate w")
    redis(shop, "flushall")
    shop.ok("exec", "-T", "app", "sh", "-c", "rm -f /media/w.db*")
    shop.ok("restore", done["snapshot"], "--yes", "--no-backup")
    found = {
        "PostgreSQL": sql(shop, "select string_agg(id::text, ' ' order by id) from w"),
        "Redis": redis(shop, "lrange", "w", "0", "-1"),
        "SQLite": shop.ok("exec", "-T", "app", "python", "-c", IDS).out,
    }
    counted = next(one for one in done["manifest"]["contents"] if one["part"] == "db")["counted"]
    assert [one["count"] for one in counted if one["name"] == "shop: public.w"] == [len(found["PostgreSQL"].split())]
    for name, text in found.items():
        numbers = [int(word) for word in text.split()]
        assert numbers == list(range(1, len(numbers) + 1)), f"{name}: some are missing in between"
        assert before[name] <= len(numbers) <= after[name] + 1, (name, before[name], len(numbers), after[name])
        show(engine, name, before[name], len(numbers), after[name])


def test_documents_under_writes(served: Shore, request: pytest.FixtureRequest, engine: str) -> None:
    shop = served
    if engine == "docker":
        dockerd.stand_ins(request.getfixturevalue("docker_host"), "mongo:6.0")
    (shop.folder / "compose.yaml").write_text(textwrap.dedent(MONGO))
    shop.ok("up", "-d", "--wait", timeout=600)
    address = "mongodb://root:open%20sesame@127.0.0.1/admin"
    with writing(shop, "documents", "db", "mongosh", "--quiet", address, "--eval", MONGOS) as writer:
        for _ in range(2):
            before = writer.acknowledged
            snapshot, kept = kept_of(shop, "db", "shop.w")
            after = writer.acknowledged
            assert after > before
    mongo(shop, "db.getSiblingDB('shop').w.deleteMany({})")
    shop.ok("restore", snapshot, "--yes", "--no-backup")
    said = mongo(shop, "print(JSON.stringify(db.getSiblingDB('shop').w.find().toArray().map(d => d._id)))")
    numbers = set(json.loads(said))
    assert len(numbers) == kept
    assert set(range(1, before + 1)) <= numbers, "what was acknowledged before the backup began is missing"
    show(engine, "MongoDB's protocol", before, kept, after)
