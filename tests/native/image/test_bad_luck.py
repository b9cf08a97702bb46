"""Full disks, killed writers, garbage in the cache, no network: nothing half made is taken for whole."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.native.image.debian.apt import Apt, Deb, parse_uris
from longshore.native.image.fetch.pinned import fetch
from longshore.native.image.fetch.pins import Pin
from longshore.native.image.store.cache import Cache
from longshore.native.image.store.images import ImageStore
from tests.native.image.conftest import Workshop, command_lines, output_of

SLIM = "debian:bookworm-slim"


def silent(what: str, done: int, total: int) -> None:
    pass


async def test_offline_with_nothing_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ShoreError, match="offline") as caught:
        await ImageStore(tmp_path, offline=True).resolve(SLIM, lambda _: None, "web")
    assert "without --offline" in caught.value.hint


async def test_a_pinned_file_that_is_not_there_offline(tmp_path: Path) -> None:
    pin = Pin("pypi", "some-program", "1.0", "some.whl", 3_000_000, "0" * 64)
    with pytest.raises(ShoreError, match=r"some-program==1.0 \(3 MB\) is not in the cache"):
        await fetch(Cache(tmp_path), pin, silent, offline=True)


async def test_a_download_with_another_digest_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def other(cache: Cache, pin: Pin, staged: Path) -> list[str]:
        return ["sh", "-c", f"printf wrong > {staged}/some.whl"]

    monkeypatch.setattr("longshore.native.image.fetch.pinned._pip", other)
    pin = Pin("pypi", "some-program", "1.0", "some.whl", 5, "0" * 64)
    with pytest.raises(ShoreError, match="not the file that this version of longshore knows"):
        await fetch(Cache(tmp_path), pin, silent)
    assert not list(tmp_path.rglob("*some.whl"))


async def test_garbage_under_a_pinned_name_is_downloaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    async def right(cache: Cache, pin: Pin, staged: Path) -> list[str]:
        return ["sh", "-c", f"printf right > {staged}/some.whl"]

    monkeypatch.setattr("longshore.native.image.fetch.pinned._pip", right)
    pin = Pin("pypi", "p", "1.0", "some.whl", 5, hashlib.sha256(b"right").hexdigest())
    target = tmp_path / "downloads/pinned" / f"{pin.sha256[:16]}-some.whl"
    target.parent.mkdir(parents=True)
    target.write_text("wrong")
    assert (await fetch(Cache(tmp_path), pin, silent)).read_text() == "right"


def test_what_apt_prints_is_read() -> None:
    line = "'http://deb.example/pool/r/redis_7%3a1.deb' redis_5%3a7.0.15-1_amd64.deb 1234 SHA256:" + "a" * 64
    (deb,) = parse_uris(["Reading package lists...", line, "'http://x' y 1 MD5Sum:0"])
    assert deb == Deb("redis_5%3a7.0.15-1_amd64.deb", 1234, "a" * 64)
    assert (deb.package, deb.version) == ("redis", "5:7.0.15-1")


def test_a_package_file_that_was_changed_is_not_taken(tmp_path: Path) -> None:
    apt = Apt(Cache(tmp_path), "bookworm")
    directory = tmp_path / "downloads/debs"
    directory.mkdir(parents=True)
    (directory / "a_1_all.deb").write_bytes(b"garbage")
    assert not apt._have(Deb("a_1_all.deb", 7, "0" * 64))
    assert not (directory / "a_1_all.deb").exists()


def test_a_broken_record_of_an_image_is_not_found(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    record = store._record(SLIM)
    record.parent.mkdir(parents=True)
    for text in ("", "[]", "{}", '{"image": {"layers": ["/nowhere"]}}', '{"image": 3}'):
        record.write_text(text)
        assert store.find(SLIM) is None


@pytest.mark.e2e
async def test_a_layer_that_is_gone_is_made_again(workshop: Workshop) -> None:
    text = f"FROM {SLIM}\nRUN echo made > /made\n"
    image = await workshop.build(text)
    shutil.rmtree(Path(image.layers[-1]).parent)
    assert workshop.store.find("test") is None
    again = await workshop.build(text)
    assert workshop.done == {"RUN echo made > /made": "not in the cache any more"}
    assert Path(again.layers[-1]).is_dir()


KILLED = """
import asyncio, sys
from pathlib import Path
from longshore.engine.base import BuildOptions
from longshore.native.image.build.builder import build_image
from longshore.native.image.store.images import ImageStore
from longshore.model.service import Build
from longshore.model.stack import Stack
from longshore.state.events import BuildOutput
def say(event):
    if isinstance(event, BuildOutput): print(event.line, flush=True)
store = ImageStore(Path(sys.argv[1]))
build = build_image(store, Build(sys.argv[2]), "k", BuildOptions(), say, "w", Stack("p", "/"))
asyncio.run(build)
"""


@pytest.mark.e2e
async def test_a_killed_build_leaves_no_process_and_no_half_layer(workshop: Workshop) -> None:
    await workshop.store.resolve(SLIM, lambda _: None, "web")
    workshop.file("Dockerfile", f"FROM {SLIM}\nRUN echo half > /half && echo here && sleep 985.5\n")
    arguments = [sys.executable, "-c", KILLED, str(workshop.store.cache.directory), str(workshop.context)]
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"here\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    for _ in range(100):
        running = await command_lines()
        if "985.5" not in running:
            break
        await asyncio.sleep(0.05)
    assert "985.5" not in running
    layers = workshop.store.cache.layers
    assert all((layer / "layer.json").is_file() for layer in layers.iterdir())
    assert not list(layers.glob("*/root/half"))
    assert str(workshop.store.cache.directory) not in Path("/proc/mounts").read_text()
    with ImageStore(workshop.store.cache.directory).cache.staging():
        left = [path for path in (workshop.store.cache.directory / "staging").iterdir() if path.is_dir()]
        assert len(left) == 1, "the next user of the cache sweeps what was left"


@pytest.mark.e2e
@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system can only be mounted by root")
async def test_a_full_disk_is_said_and_nothing_half_made_stays(tmp_path: Path, workshop: Workshop) -> None:
    base = await workshop.store.resolve(SLIM, lambda _: None, "web")
    small = tmp_path / "small"
    small.mkdir()
    await output_of("mount", "-t", "tmpfs", "-o", "size=8m", "none", small)
    assert small.is_mount()
    try:
        store = ImageStore(small)
        key = Path(base.layers[0]).parent.name
        (store.cache.layers / key).mkdir(parents=True)
        (store.cache.layers / key / "layer.json").write_text(json.dumps({}))
        (store.cache.layers / key / "root").symlink_to(base.layers[0])
        full = Workshop(store, workshop.context)
        workshop.file("big", "x" * 20_000_000)
        for step in ("COPY big /big", "RUN head -c 20000000 /dev/zero > /big"):
            with pytest.raises(ShoreError) as caught:
                await full.build(f"FROM {SLIM}\n{step}\n")
            told = " ".join([caught.value.what, caught.value.hint, *caught.value.details]).lower()
            assert "space" in told or "full" in told
            assert [path.name for path in store.cache.layers.iterdir()] == [key]
            assert list((small / "staging").iterdir()) == []
    finally:
        await output_of("umount", small)
