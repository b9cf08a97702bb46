"""Data of a shipped stack into a snapshot and back, under writes, on a real Swarm of one node; a drill of it, natively.
LONGSHORE_LONG_SWARM_BACKUP=1 does it: minutes. rclone serves the repository (LONGSHORE_TOOLS names a folder that has
it)."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.dockerd import CLI, hosting
from tests.ship.swarmnode import OURS, Node, copy_image, swarm_node, why_not
from tests.shore import SHORE, Done, shared_cache

LONG = "LONGSHORE_LONG_SWARM_BACKUP"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get(LONG), reason=f"{LONG}=1 keeps and restores a shipped stack: minutes"),
]
IMAGES = ("postgres:15-alpine", "redis:7-alpine", "python:3.11-slim", "restic/restic:0.18.0")
PORT = 18765
TO = f"rest:http://{OURS}:{PORT}/shop"
COMPOSE = """
services:
  db:
    image: postgres:15-alpine
    environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: open-sesame}
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U shop"], interval: 1s, retries: 180}
  cache:
    image: redis:7-alpine
    command: sh -c 'exec redis-server --appendonly yes --requirepass "$$REDIS_PASSWORD"'
    environment: {REDIS_PASSWORD: open-sesame-two}
    volumes: ["cache:/data"]
  app:
    image: python:3.11-slim
    command: sleep 100000
    init: true
    volumes: ["media:/media"]
volumes: {data: , cache: , media: }
"""
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
IDS = "import sqlite3; print(*(i for i, in sqlite3.connect('/media/w.db').execute('select id from w order by id')))"


class Shop:
    """The stack, its Swarm, and the commands of a user."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node, self.folder = node, folder
        (folder / "p").mkdir()
        (folder / "p/compose.yaml").write_text(textwrap.dedent(COMPOSE))

    def shore(self, *words: str, **more: str) -> Done:
        homes = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("STATE", "DATA")}
        environ = {**os.environ, "DOCKER_HOST": self.node.host, **homes, "XDG_CACHE_HOME": shared_cache(), **more}
        command = [SHORE, "-p", "shop", "--progress", "quiet", *words]
        done = subprocess.run(command, cwd=self.folder / "p", env=environ, capture_output=True, text=True, timeout=900)
        return Done(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str, **more: str) -> Done:
        done = self.shore(*words, **more)
        assert done.code == 0, f"{words}: {done.text}"
        return done

    def container(self, service: str) -> str:
        found = self.node.docker("ps", "-q", "--filter", f"label=com.docker.swarm.service.name=shop_{service}").split()
        assert len(found) == 1, (service, found)
        return found[0]

    def inside(self, service: str, *words: str) -> str:
        return self.node.docker("exec", self.container(service), *words)

    def sql(self, text: str) -> str:
        return self.inside("db", "psql", "-U", "shop", "-Atqc", text)

    @contextlib.contextmanager
    def writing(self, service: str, *words: str) -> Iterator[Path]:
        said = self.folder / f"{service}.acknowledged"
        container = self.container(service)
        command = [CLI, "-H", self.node.host, "exec", container, *words]
        with said.open("wb") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out)
            try:
                until(lambda: acknowledged(said) > 20)
                yield said
            finally:
                self.node.docker("exec", container, "touch", "/tmp/stop")
                process.wait(60)


def until(holds: object, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.2)


def acknowledged(said: Path) -> int:
    lines = said.read_bytes().rpartition(b"\n")[0].split()
    return int(lines[-1]) if lines else 0


def counting(text: str, client: str) -> tuple[str, ...]:
    loop = f'n=0; while n=$((n + 1)); [ ! -e /tmp/stop ]; do echo "{text}" || exit; done'
    return ("sh", "-c", f"({loop}) | stdbuf -oL {client}")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    path = f"{os.environ.get('LONGSHORE_TOOLS', '')}:{os.environ['PATH']}"
    rclone, reason = shutil.which("rclone", path=path), why_not()
    if reason or rclone is None or shutil.which("restic") is None:
        pytest.skip(reason or "restic and rclone are needed (apt-get install restic rclone)")
    hosts = hosting(*IMAGES)
    host = next(hosts)
    with swarm_node(tmp_path / "node") as node:
        for image in IMAGES:
            copy_image(node, host, image)
        (tmp_path / "kept").mkdir()
        words = [rclone, "serve", "restic", "--addr", f"{OURS}:{PORT}", str(tmp_path / "kept")]
        server = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        try:
            yield Shop(node, tmp_path)
        finally:
            server.terminate()
            server.wait()
    next(hosts, None)


def test_what_was_acknowledged_is_kept_comes_back_and_passes_a_drill(shop: Shop) -> None:
    shop.ok("ship", "--no-build", "--no-probe")
    shop.sql("create table w (id int primary key)")
    began = time.monotonic()
    writers = {
        "db": counting("insert into w values ($n) returning id;", "psql -U shop -Atq"),
        "cache": counting("rpush w $n", "redis-cli -a open-sesame-two"),
        "app": ("python", "-c", LITE),
    }
    with contextlib.ExitStack() as stack:
        said = {name: stack.enter_context(shop.writing(name, *words)) for name, words in writers.items()}
        before = {name: acknowledged(path) for name, path in said.items()}
        kept = json.loads(shop.ok("backup", "--swarm", "--to", TO, "--format", "json").out)
        after = {name: acknowledged(path) for name, path in said.items()}
    print(f"backup {time.monotonic() - began:.1f} s")
    assert kept["manifest"]["engine"] == "swarm"
    began = time.monotonic()
    drill = json.loads(shop.ok("--engine", "native", "backup", "drill", "--to", TO, "--format", "json").out)
    assert drill["good"], drill["wrong"]
    print(f"drill natively {time.monotonic() - began:.1f} s")
    shop.sql("truncate w")
    shop.inside("cache", "redis-cli", "-a", "open-sesame-two", "flushall")
    shop.inside("app", "sh", "-c", "rm -f /media/w.db*; echo x > /media/later")
    began = time.monotonic()
    shop.ok("restore", kept["snapshot"], "--swarm", "--to", TO, "--yes", "--no-backup")
    print(f"restore {time.monotonic() - began:.1f} s")
    until(lambda: shop.node.docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name=shop_app"))
    found = {
        "db": shop.sql("select string_agg(id::text, ' ' order by id) from w"),
        "cache": shop.inside("cache", "redis-cli", "-a", "open-sesame-two", "lrange", "w", "0", "-1"),
        "app": shop.inside("app", "python", "-c", IDS),
    }
    for name, text in found.items():
        numbers = [int(word) for word in text.split()]
        print(f"| swarm | {name} | {before[name]} | {len(numbers)} | {after[name]} | 0 |")
        assert numbers == list(range(1, len(numbers) + 1)), f"{name}: some are missing in between"
        assert before[name] <= len(numbers) <= after[name] + 1, (name, before[name], len(numbers), after[name])
    left = shop.node.docker("service", "ls") + shop.node.docker("secret", "ls")
    assert "backup" not in left
    assert "open-sesame" not in shop.node.docker("service", "inspect", "shop_db", "shop_app")
    assert len(shop.ok("backup", "list", "--to", TO, "--format", "json").out.splitlines()) == 1
