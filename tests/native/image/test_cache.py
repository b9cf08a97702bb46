"""The cache: whole or not there, whatever happens to the writer."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from longshore.native.image.store.cache import Cache, key_of, remove_tree


def layer(cache: Cache, key: str, text: str) -> Path:
    with cache.staging() as staged:
        (staged / "layer/root").mkdir(parents=True)
        (staged / "layer/root/file").write_text(text)
        return cache.publish_layer(key, staged / "layer", {"kind": "test"})


def test_a_layer_appears_whole(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert not cache.has_layer("k")
    root = layer(cache, "k", "x")
    assert cache.has_layer("k")
    assert (root / "file").read_text() == "x"
    assert cache.layer_info("k")["kind"] == "test"
    assert list((tmp_path / "staging").iterdir()) == []


def test_the_first_of_two_writers_wins(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    layer(cache, "k", "first")
    assert (layer(cache, "k", "second") / "file").read_text() == "first"


def test_a_directory_without_its_description_is_no_layer_and_gives_way(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    garbage = tmp_path / "layers/k/root"
    garbage.mkdir(parents=True)
    (garbage / "half").touch()
    assert not cache.has_layer("k")
    root = layer(cache, "k", "whole")
    assert [path.name for path in root.iterdir()] == ["file"]


def test_a_layer_of_which_a_part_was_removed_is_damaged_wherever_the_cache_lies(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    with cache.staging() as staged:
        deep = staged / "layer/root/usr/share/doc/app"
        deep.mkdir(parents=True)
        (staged / "layer/root/usr/bin").mkdir()
        for path in (deep / "copyright", staged / "layer/root/usr/bin/app"):
            path.write_text("x")
        root = cache.publish_layer("k", staged / "layer", {"kind": "test"})
    assert not cache.is_damaged("k", thorough=True)
    assert not cache.is_damaged("other", thorough=True), "what is not there is not damaged"
    copied = Cache(tmp_path / "copied")
    shutil.copytree(cache.directory, copied.directory, dirs_exist_ok=True, copy_function=shutil.copyfile)
    assert not copied.is_damaged("k", thorough=True), "dates do not count"
    (root / "usr/share/doc/app/copyright").unlink()
    assert (cache.is_damaged("k"), cache.is_damaged("k", thorough=True)) == (False, True)
    (copied.layer_root("k") / "usr/bin/app").unlink()
    assert copied.is_damaged("k")
    shutil.rmtree(copied.layer_root("k"))
    assert copied.is_damaged("k")
    copied.set_aside("k")
    assert not copied.has_layer("k")
    layer(cache, "old", "x")
    (cache.layers / "old/layer.json").write_text('{"kind": "test"}')
    (cache.layer_root("old") / "file").unlink()
    assert not cache.is_damaged("old", thorough=True), "names were not counted when it was made"


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    def fail() -> None:
        with cache.staging() as staged:
            (staged / "half").write_text("x")
            raise OSError(28, "no space")

    with pytest.raises(OSError, match="no space"):
        fail()
    assert list((tmp_path / "staging").iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from longshore.native.image.store.cache import Cache
with Cache(Path(sys.argv[1])).staging() as staged:
    (staged / "half").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_swept_by_the_next_and_what_another_uses_is_not(tmp_path: Path) -> None:
    process = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert process.returncode == -signal.SIGKILL
    assert any((tmp_path / "staging").iterdir())
    with Cache(tmp_path).staging() as one, Cache(tmp_path).staging() as two:
        names = {path.name for path in (tmp_path / "staging").iterdir() if path.is_dir()}
        assert names == {one.name, two.name}


async def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    order: list[str] = []

    async def work(name: str) -> None:
        async with cache.lock("step"):
            order.append(f"{name} in")
            await asyncio.sleep(0.06)
            order.append(f"{name} out")

    await asyncio.gather(work("a"), work("b"))
    assert order in (["a in", "a out", "b in", "b out"], ["b in", "b out", "a in", "a out"])


def test_keys_depend_on_content_and_not_on_order_of_names() -> None:
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of("ab", "c") != key_of("a", "bc")


def test_a_tree_with_closed_directories_is_removed(tmp_path: Path) -> None:
    closed = tmp_path / "a/b"
    closed.mkdir(parents=True)
    (closed / "file").touch()
    os.chmod(closed, 0)  # noqa: PTH101
    remove_tree(tmp_path / "a")
    assert not (tmp_path / "a").exists()
