"""Migrations, once and under a lock, on every engine."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.e2e.behaviours.played import on_with
from tests.e2e.migrating import product, revision
from tests.shore import Shore

pytestmark = pytest.mark.e2e

CONNECT = "import os, sqlalchemy as s; c = s.create_engine(os.environ['DATABASE_URL']).connect(); "

ASKS = """
import time, urllib.request
for _ in range(100):
    try:
        print(urllib.request.urlopen("http://web:8000").status)
        break
    except OSError:
        time.sleep(0.1)
"""


def rows(shore: Shore, sql: str = "SELECT count(*) FROM note") -> str:
    """What a query gives, asked from inside the stack."""
    code = f"{CONNECT}print('rows', c.scalar(s.text('{sql}')))"
    said = shore.ok("run", "--rm", "-T", "--entrypoint", "", "web", "python", "-c", code)
    return said.out.split("rows ")[1].strip()


def insert(shore: Shore) -> None:
    code = f"{CONNECT}c.execute(s.text(\"INSERT INTO note VALUES (1, 'kept')\")); c.commit()"
    shore.ok("run", "--rm", "-T", "--entrypoint", "", "web", "python", "-c", code)


def serving(shore: Shore) -> str:
    """The id of the container whose server answers."""
    assert shore.ok("exec", "-T", "web", "python", "-c", ASKS).out.strip() == "200"
    (row,) = [row for row in shore.ps() if row["Service"] == "web"]
    return str(row["ID"])


@on_with("kind", native_root="postgres", native_user="sqlite", docker="postgres")
def test_the_story(shore: Shore, kind: str) -> None:
    product(shore.folder, kind)
    assert shore.ok("migrate", "heads").out.startswith("0001 ")
    there = shore.run("migrate", "status")
    assert (there.code, there.out) == (1, "pending  0001\n")

    two = [shore.start("migrate", "up", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    said = sorted(one.communicate(timeout=200)[1] for one in two)
    assert [one.returncode for one in two] == [0, 0], said
    assert sum("1 applied in" in text for text in said) == 1, said
    assert sum("nothing to apply" in text for text in said) == 1, said
    assert any("another command works on" in text for text in said), said
    insert(shore)
    shore.ok("up", "-d")
    old = serving(shore)

    revision(shore.folder, "0002", "0001", "ALTER TABLE note ADD COLUMN stars INTEGER")
    revision(shore.folder, "0003", "0002", "INSERT INTO nowhere VALUES (1)")
    shore.ok("build", "-q")
    failed = shore.run("migrate", "up")
    assert failed.code == 1
    assert "SQL: INSERT INTO nowhere VALUES (1)" in failed.err
    assert "the database is as before" in failed.err
    assert json.loads(shore.run("migrate", "status", "--format", "json").out)["applied"] == ["0001"]
    assert rows(shore) == "1"
    assert serving(shore) == old, "the old service still runs"

    revision(shore.folder, "0003", "0002", "DELETE FROM note")
    shore.ok("build", "-q")
    assert "2 applied" in shore.ok("migrate", "up").err
    assert rows(shore) == "0"
    assert "back at" in shore.ok("migrate", "undo").err
    assert rows(shore) == "1"
    assert json.loads(shore.run("migrate", "status", "--format", "json").out)["pending"] == ["0002", "0003"]
    points = [path for path in (shore.home / "data/longshore/backups").rglob("*") if path.is_file()]
    assert points
    assert {path.stat().st_mode & 0o077 for path in points} == {0}


@on_with("kind", native_root="sqlite", native_user="postgres", docker="sqlite")
def test_replicas_that_start_at_once_find_it_done(shore: Shore, kind: str) -> None:
    product(shore.folder, kind)
    text = (shore.folder / "compose.yaml").read_text()
    (shore.folder / "compose.yaml").write_text(text.replace("x-longshore: {}", "x-longshore: {migrate: {}}"))
    said = shore.ok("up", "-d", "--scale", "web=3")
    assert "web: 1 migrations applied in" in said.err
    states = [row["State"] for row in shore.ps("-a") if row["Service"] == "web"]
    assert states == ["running"] * 3
    runs = [line for line in shore.ok("logs", "--no-log-prefix", "web").out.splitlines() if "Running upgrade" in line]
    assert runs == []


def test_several_heads_stop_up_before_anything_starts(shore: Shore) -> None:
    product(shore.folder, "sqlite")
    revision(shore.folder, "0002", "0001", "SELECT 1")
    revision(shore.folder, "0002b", "0001", "SELECT 1")
    refused = shore.run("up", "-d")
    assert refused.code == 1
    assert "2 heads: 0002 (migrations/versions/0002.py), 0002b (migrations/versions/0002b.py)" in refused.err
    assert shore.ps("-a") == []
