"""What the cache holds, and what of it goes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.native.image.model import Client, Image, ImageConfig, Server
from longshore.native.image.store.cache import MAKING
from longshore.native.image.store.contents import contents, prune, tree_size, verify
from longshore.native.image.store.images import ImageStore
from longshore.native.image.store.removal import Uses
from longshore.state.caches import Kept, to_remove
from tests.native.image.test_removal import made, using

HOUR = 3600.0


def kept(name: str, size: int, age: float, *, in_use: bool = False) -> Kept:
    return Kept("image", name, size, 100 * HOUR - age, in_use)


OLD, NEW, USED = kept("old", 10, 50 * HOUR), kept("new", 10, 1 * HOUR), kept("used", 10, 99 * HOUR, in_use=True)


@pytest.mark.parametrize(
    ("before", "most", "names"),
    [
        (90 * HOUR, None, ["old"]),
        (200 * HOUR, None, ["old", "new"]),
        (0.0, None, []),
        (0.0, 30, []),
        (0.0, 29, ["old"]),
        (0.0, 11, ["old", "new"]),
        (0.0, 1, ["old", "new"]),
    ],
)
def test_the_oldest_goes_first_and_what_is_in_use_never(before: float, most: int | None, names: list[str]) -> None:
    assert [one.name for one in to_remove([NEW, USED, OLD], before=before, most=most)] == names


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "cache")


def aged(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds, time.time() - seconds))


async def test_what_is_old_and_unused_goes_and_the_rest_stays_whole(store: ImageStore) -> None:
    cache = store.cache
    made(store, "debian", "base")
    app = made(store, "app:1", "base", "own")
    step = made(store, "gone", "step")
    (cache.images / "gone.json").unlink()
    (cache.downloads / "debs").mkdir(parents=True)
    (cache.downloads / "debs/a.deb").write_bytes(b"x" * 100_000)
    for path in (*cache.images.iterdir(), *cache.layers.iterdir(), *cache.downloads.iterdir()):
        aged(path, 2 * HOUR)
    running = Uses(frozenset({("app:1", app.id)}), frozenset(app.layers))
    there = contents(cache, running)
    assert {(one.kind, one.name, one.in_use) for one in there} == {
        ("image", "app:1", True), ("image", "debian", False), ("shared layer", "base", True),
        ("build step", "step", False), ("download", "debs", False),
    }  # fmt: skip
    assert next(one.size for one in there if one.kind == "download") >= 100_000
    store.touch(app)

    def choose(found: tuple[Kept, ...]) -> tuple[Kept, ...]:
        return to_remove(found, before=time.time() - HOUR, most=None)

    gone = await prune(cache, using(running), choose)
    assert {(one.kind, one.name) for one in gone} == {("image", "debian"), ("build step", "step"), ("download", "debs")}
    assert store.find("app:1") == app
    assert store.find("debian") is None
    assert not Path(step.layers[0]).exists()
    with cache.lock_now(MAKING), pytest.raises(ShoreError, match="is being made"):
        await prune(cache, using(), choose)


def test_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t/a").write_bytes(b"x" * 50_000)
    before = tree_size(tmp_path / "t")
    os.link(tmp_path / "t/a", tmp_path / "t/b")
    assert tree_size(tmp_path / "t") == before >= 50_000


def test_a_file_that_two_layers_have_in_common_counts_for_one(store: ImageStore) -> None:
    first, second = (made(store, name, name).layers[0] for name in ("one", "two"))
    Path(first, "big").write_bytes(b"x" * 200_000)
    Path(second, "big").hardlink_to(Path(first, "big"))
    sizes = [one.size for one in contents(store.cache, Uses()) if one.kind == "image"]
    assert sum(size >= 200_000 for size in sizes) == 1


def test_a_server_whose_client_takes_no_options_is_remembered(store: ImageStore) -> None:
    server = Server("nats", "2", "/data", Client(("nats-ping",), 4222, "PING"))
    image = store.record(Image("nats", "", (), ImageConfig(), server=server))
    assert store.find("nats") == image


async def test_a_damaged_layer_is_set_aside_and_stays_while_something_runs_on_it(store: ImageStore) -> None:
    cache = store.cache
    made(store, "debian", "base")
    app = made(store, "app:1", "base", "own")
    running = Uses(frozenset({("app:1", app.id)}), frozenset(app.layers))
    assert verify(cache, running) == ()
    for path in cache.layer_root("own").iterdir():
        path.unlink()
    assert [(one.kind, one.name, one.in_use) for one in verify(cache, running)] == [("image", "app:1", True)]
    assert verify(cache, running) == (), "once is enough"
    assert (store.find("app:1"), store.find("debian") is None) == (None, False)
    assert ("build step", "own-damaged-", True) in {
        (one.kind, one.name, one.in_use) for one in contents(cache, running)
    }
    again = made(store, "app:1", "base", "own")
    assert not store.set_damaged_aside(again, thorough=True)
