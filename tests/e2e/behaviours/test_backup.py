"""Data of a running stack into a snapshot and back, and what a drill says of snapshots that are no good."""

from __future__ import annotations

import json
import shutil
import subprocess
import textwrap
import time
from pathlib import Path

import pytest

from tests.e2e.behaviours.played import on
from tests.shore import Shore

pytestmark = pytest.mark.e2e

COMPOSE = """
services:
  db:
    image: postgres:15-alpine
    environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: sesame}
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U shop"], interval: 1s, retries: 90}
  cache:
    image: redis:7-alpine
    command: redis-server --appendonly yes --requirepass sesame
    volumes: ["cache:/data"]
  app:
    image: python:3.11-slim
    command: sleep 1000
    stop_grace_period: 0s
    volumes: ["media:/media"]
  front:
    image: debian:bookworm-slim
    command: sleep 1000
    stop_grace_period: 0s
    volumes: ["media:/media:ro"]
volumes: {data: , cache: , media: }
"""
LITE = """
import sqlite3, sys
live = sqlite3.connect("/media/lite.db")
live.execute("pragma journal_mode=wal")
live.execute("create table if not exists t (a)")
live.executemany("insert into t values (?)", [(n,) for n in range(int(sys.argv[1]))])
live.commit()
"""


@pytest.fixture
def shop(shore: Shore) -> Shore:
    if shutil.which("restic") is None:
        pytest.skip("restic is not installed")
    (shore.folder / "compose.yaml").write_text(textwrap.dedent(COMPOSE))
    shore.ok("up", "-d", "--wait")
    return shore


def sql(shop: Shore, text: str) -> str:
    return shop.ok("exec", "-T", "db", "psql", "-U", "shop", "-Atqc", text).out.strip()


def redis(shop: Shore, *words: str) -> str:
    return shop.ok("exec", "-T", "-e", "REDISCLI_AUTH=sesame", "cache", "redis-cli", *words).out.strip()


def fill(shop: Shore) -> None:
    sql(shop, "create table orders as select n as id, md5(n::text) as what from generate_series(1, 2000) n")
    for words in (
        ("set", "one", "1"),
        ("setex", "soon", "100000", "x"),
        ("-n", "4", "hset", "h", "a", "1", "b", "2"),
    ):
        redis(shop, *words)
    shop.ok("exec", "-T", "app", "sh", "-c", "mkdir '/media/a b'; echo first > '/media/a b/file'; ln -s 'a b' /media/l")
    shop.ok("exec", "-T", "app", "python", "-c", LITE, "100")


def spoil(shop: Shore) -> None:
    sql(shop, "delete from orders where id > 1000; create table later (a int)")
    redis(shop, "flushall")
    redis(shop, "set", "one", "other")
    shop.ok("exec", "-T", "app", "sh", "-c", "rm -rf '/media/a b'; echo x > /media/later")
    shop.ok("exec", "-T", "app", "python", "-c", LITE, "50")


def state(shop: Shore) -> dict[str, str]:
    count = "import sqlite3; print(sqlite3.connect('/media/lite.db').execute('select count(*) from t').fetchone()[0])"
    return {
        "orders": sql(shop, "select count(*), sum(hashtext(what)) from orders"),
        "tables": sql(shop, "select string_agg(tablename, ',') from pg_tables where schemaname = 'public'"),
        "one": redis(shop, "get", "one"),
        "h": redis(shop, "-n", "4", "hlen", "h"),
        "expires": str(int(redis(shop, "ttl", "soon")) > 0),
        "file": shop.ok("exec", "-T", "front", "sh", "-c", "cat '/media/l/file' 2>/dev/null || echo gone").out.strip(),
        "lite": shop.ok("exec", "-T", "app", "python", "-c", count).out.strip(),
    }


@on("native-user", "docker")
def test_what_was_kept_comes_back_and_what_was_there_is_not_lost(shop: Shore) -> None:
    fill(shop)
    before = state(shop)
    assert before["lite"] == "100"
    redis(shop, "psetex", "gone", "6000", "x")
    kept = json.loads(shop.ok("backup", "--format", "json").out)
    assert [part["part"] for part in kept["manifest"]["contents"]] == ["db", "cache", "media"]
    spoil(shop)
    spoiled = state(shop)
    assert spoiled != before
    while redis(shop, "exists", "gone") != "0":
        time.sleep(0.2)
    restored = json.loads(shop.ok("restore", "--yes", "--format", "json").out)
    assert restored["snapshot"] == kept["snapshot"]
    assert state(shop) == before
    assert {row["State"] for row in shop.ps()} == {"running"}
    shop.ok("restore", restored["before"], "--yes", "--no-backup", "--only", "db", "--only", "media")
    assert {key: state(shop)[key] for key in ("orders", "file", "lite")} == {
        key: spoiled[key] for key in ("orders", "file", "lite")
    }
    gone = shop.ok("backup", "forget").out
    assert gone.count("shop_before_") == 2
    assert gone.count("media/.before-") == 2
    assert "before" not in sql(shop, "select string_agg(datname, ',') from pg_database")
    shop.ok("backup", "check")


@on("native-root", "docker")
def test_a_drill_shows_that_a_snapshot_is_whole_and_leaves_nothing(shop: Shore, tmp_path: Path) -> None:
    fill(shop)
    kept = json.loads(shop.ok("backup", "--format", "json").out)
    live = state(shop)
    spoil(shop)
    metrics = shop.folder / "drill.prom"
    drill = json.loads(shop.ok("backup", "drill", "--format", "json", "--metrics", str(metrics)).out)
    assert drill["good"]
    assert drill["snapshot"] == kept["snapshot"]
    assert drill["compared"] == 7
    assert f'longshore_drill_good{{project="{shop.project}"}} 1' in metrics.read_text()
    assert state(shop) != live, "the drill restored into the stack itself"
    assert not [name for name in shop.ok("ls", "-q").out.split() if name.startswith(f"{shop.project}-")]


def test_a_restore_that_is_killed_leaves_each_part_whole(shop: Shore, engine: str) -> None:
    if engine != "native-root":
        pytest.skip("killed natively as root: the steps that matter are taken inside of the services")
    fill(shop)
    old = state(shop)
    kept = json.loads(shop.ok("backup", "--format", "json").out)["snapshot"]
    spoil(shop)
    new = state(shop)
    began = time.monotonic()
    shop.ok("restore", kept, "--yes", "--no-backup")
    whole = time.monotonic() - began
    for share in (0.5, 0.8):
        shop.ok("restore", kept, "--yes", "--no-backup")
        spoil(shop)
        process = shop.start(
            "restore", kept, "--yes", "--no-backup", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(whole * share)
        process.kill()
        process.wait()
        shop.ok("up", "-d", "--wait")  # a service that was stopped for its files
        shop.ok("backup")
        there = state(shop)
        for part in (("orders", "tables"), ("one", "h", "expires"), ("file", "lite")):
            found = tuple(there[key] for key in part)
            assert found in (tuple(old[key] for key in part), tuple(new[key] for key in part)), (share, part)
