"""Ten faults planted into snapshots of one stack: a drill names each of them, and none on a sound one."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shore import Done, Shore, shared_cache

pytestmark = pytest.mark.e2e

COMPOSE = """
services:
  db:
    image: postgres:15-alpine
    environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: sesame}
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U shop"], interval: 1s, retries: 180}
  app:
    image: debian:bookworm-slim
    command: sleep 10000
    stop_grace_period: 0s
    volumes: ["media:/media"]
volumes: {data: , media: }
"""
ROWS = "create table orders as select n as id, 'article ' || n as what from generate_series(1, 500) n"


class Kept:
    """A stack with a sound snapshot, and copies of that with something wrong."""

    def __init__(self, shop: Shore) -> None:
        self.shop = shop
        place = shop.home / "data/longshore/backups" / shop.project
        self.repository, self.password = place / "repository", place / "password"
        self.sound: str = json.loads(shop.ok("backup", "--format", "json").out)["snapshot"]
        self.packs = tuple(path for path in (self.repository / "data").rglob("*") if path.is_file())
        """Those of the sound snapshot: a byte of another's is no fault of it."""

    def restic(self, *words: str) -> str:
        argv = ["restic", "-q", "-r", str(self.repository), "--password-file", str(self.password), *words]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def with_fault(self, fault: Callable[[Path], None], project: str = "") -> str:
        """The id of a snapshot that is the sound one but for this."""
        place = self.shop.home / f"fault-{uuid.uuid4().hex[:6]}"
        self.restic("restore", self.sound, "--target", str(place))
        folder = next(place.rglob("manifest.json")).parent
        fault(folder)
        tags = ("--tag", "longshore", "--tag", f"project={project or self.shop.project}")
        self.restic("backup", "--host", "longshore", *tags, str(folder))
        shutil.rmtree(place)
        found = json.loads(self.restic("snapshots", "--json"))
        return str(max(found, key=lambda one: one["time"])["short_id"])

    def locks(self) -> set[str]:
        """Those of them that are whole."""
        return {path.name for path in (self.repository / "locks").iterdir() if "-tmp" not in path.name}

    def drill(self, *words: str) -> Done:
        return self.shop.run("backup", "drill", *words)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    if shutil.which("restic") is None:
        pytest.skip("restic is not installed")
    place = tmp_path_factory.mktemp("faults")
    (place / "p").mkdir()
    shop = Shore(place / "p", place / "home", cache=shared_cache(), project=f"f{uuid.uuid4().hex[:8]}")
    shop.write(compose=textwrap.dedent(COMPOSE))
    try:
        shop.ok("up", "-d", "--wait")
        words = ("exec", "-T", "db", "psql", "-U", "shop", "-qc")
        shop.ok(*words, ROWS)
        shop.ok(*words, "create database zweite")
        shop.ok("exec", "-T", "db", "psql", "-U", "shop", "-d", "zweite", "-qc", "create table x as select 1 as a")
        shop.ok("exec", "-T", "app", "sh", "-c", "mkdir /media/d; echo one > /media/d/one; echo two > /media/two")
        yield Kept(shop)
    finally:
        shop.down()


def in_manifest(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    path = folder / "manifest.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def part(folder: Path, name: str) -> tuple[Path, dict[str, object]]:
    contents = json.loads((folder / "manifest.json").read_text())["contents"]
    number = next(n for n, one in enumerate(contents) if one["part"] == name)
    return folder / f"part-{number}", contents[number]


def dump_of(folder: Path, database: str) -> Path:
    place, content = part(folder, "db")
    names = [name for name, _ in content["settings"]]  # type: ignore[attr-defined]
    return place / f"database-{names.index(database)}.dump"


def cut_dump(folder: Path) -> None:
    path = dump_of(folder, "shop")
    path.write_bytes(path.read_bytes()[:-3000])


def changed_row(folder: Path) -> None:
    path = dump_of(folder, "shop")
    data = path.read_bytes()
    assert data.count(b"article 250\n") == 1
    path.write_bytes(data.replace(b"article 250\n", b"article 251\n"))


def missing_volume(folder: Path) -> None:
    def change(data: dict[str, object]) -> None:
        data["contents"] = [one for one in data["contents"] if one["part"] != "media"]  # type: ignore[attr-defined]

    shutil.rmtree(part(folder, "media")[0])
    in_manifest(folder, change)


def missing_second_database(folder: Path) -> None:
    def change(data: dict[str, object]) -> None:
        db = next(one for one in data["contents"] if one["part"] == "db")  # type: ignore[attr-defined]
        db["settings"] = [one for one in db["settings"] if one[0] != "zweite"]

    path = dump_of(folder, "zweite")
    assert path.name == "database-2.dump", "the others keep their numbers"
    path.unlink()
    in_manifest(folder, change)


def older_server(folder: Path) -> None:
    def change(data: dict[str, object]) -> None:
        next(one for one in data["contents"] if one["part"] == "db")["server"] = "99.1"  # type: ignore[attr-defined]

    in_manifest(folder, change)


def lost_file(folder: Path) -> None:
    path = part(folder, "media")[0] / "files.tar"
    old = path.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(old)) as tar, tarfile.open(path, "w") as new:
        for member in tar:
            if not member.name.endswith("d/one"):
                new.addfile(member, tar.extractfile(member) if member.isreg() else None)


def test_nothing_is_wrong_with_a_sound_one(kept: Kept) -> None:
    done = kept.drill(kept.sound, "--within", "1h")
    assert done.code == 0, done.text
    assert "✗" not in done.text
    assert "is whole" in done.out


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (cut_dump, "restoring shop failed|cut short"),
        (changed_row, r"shop: public\.orders as many as were kept \(500\), but with other content"),
        (missing_volume, "media is not in the snapshot"),
        (missing_second_database, r"zweite: public\.x: is missing: 1 kept"),
        (older_server, "kept by PostgreSQL 99.1, and PostgreSQL 15"),
        (lost_file, "media: the snapshot is not what was kept: files"),
    ],
)
def test_what_is_wrong_inside_is_named(kept: Kept, fault: Callable[[Path], None], said: str) -> None:
    done = kept.drill(kept.with_fault(fault))
    assert done.code == 1, done.text
    assert re.search(f"✗ .*({said})", done.out), done.text


def test_a_snapshot_of_another_project_is_refused(kept: Kept) -> None:
    done = kept.drill(kept.with_fault(lambda folder: None, project="other"))
    assert (done.code, f"is not of {kept.shop.project}" in done.err) == (1, True), done.text


def test_a_stale_snapshot_is_named_though_it_is_whole(kept: Kept) -> None:
    done = kept.drill(kept.sound, "--within", "0s")
    assert (done.code, "✗ the snapshot is older than it may be" in done.out) == (1, True), done.text


def test_a_wrong_password_is_named(kept: Kept) -> None:
    right = kept.password.read_text()
    kept.password.write_text("sesame\n")
    try:
        done = kept.drill()
    finally:
        kept.password.write_text(right)
    assert (done.code, "wrong password" in done.err, "password_file" in done.err) == (1, True, True), done.text


def test_what_cannot_be_restored_is_refused_before_anything_is_changed(kept: Kept) -> None:
    other = kept.shop.run("restore", kept.with_fault(lambda folder: None, project="other"), "--yes")
    assert (other.code, f"is not of {kept.shop.project}" in other.err, "backup list" in other.err) == (1, True, True)
    unknown = kept.shop.run("restore", "ffffffff", "--yes")
    assert (unknown.code, "there is no snapshot ffffffff" in unknown.err) == (1, True), unknown.text
    changed = kept.shop.run("restore", kept.with_fault(changed_row), "--yes", "--no-backup")
    assert (changed.code, "the live data is as it was" in changed.err) == (1, True), changed.text
    assert kept.shop.ok("exec", "-T", "db", "psql", "-U", "shop", "-Atc", "select count(*) from orders").out == "500\n"


def test_a_lock_that_a_dead_process_left_is_no_obstacle(kept: Kept) -> None:
    argv = ["restic", "-r", str(kept.repository), "--password-file", str(kept.password), "check", "--read-data"]
    left: set[str] = set()
    while not left:
        dying = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not kept.locks() and dying.poll() is None:
            time.sleep(0.002)
        dying.kill()
        dying.wait()
        left = kept.locks()
    kept.shop.ok("backup", "list")
    kept.shop.ok("backup", "media")
    assert not kept.locks() & left


def test_a_repository_that_is_full_keeps_what_it_has(kept: Kept, tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], check=True)
    try:
        to = ("--to", str(tmp_path / "repository"))
        first = json.loads(kept.shop.ok("backup", "media", *to, "--format", "json").out)["snapshot"]
        noise = kept.shop.home / "noise"
        noise.write_bytes(os.urandom(2_000_000))
        kept.shop.ok("cp", str(noise), "app:/media/noise")
        full = kept.shop.run("backup", "media", *to)
        kept.shop.ok("exec", "-T", "app", "rm", "/media/noise")
        assert full.code == 1, full.text
        assert "no space left" in full.err, full.text
        assert "make room, or name another place: --to" in full.err, full.text
        assert kept.shop.ok("backup", "list", *to).out.count("\n") == 2
        kept.shop.ok("backup", "check", "--full", *to)
        kept.shop.ok("restore", first, "--only", "media", "--yes", "--no-backup", *to)
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=False)


def test_a_flipped_byte_is_named(kept: Kept) -> None:
    pack = max(kept.packs, key=lambda path: path.stat().st_size)
    data = pack.read_bytes()
    flipped = bytearray(data)
    flipped[len(data) // 3] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(flipped)
    try:
        done = kept.drill(kept.sound)
        assert kept.shop.run("backup", "check", "--full").code == 1
        assert kept.shop.run("restore", kept.sound, "--yes", "--no-backup").code == 1
    finally:
        pack.write_bytes(data)
    assert done.code == 1, done.text
    assert "✗" in done.out
    assert "fetching" in done.out, done.text
