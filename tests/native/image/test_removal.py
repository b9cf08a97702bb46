"""Removing images: what goes, what stays, and what happens when others are at work on the cache."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from longshore.native.image.model import Image, ImageConfig
from longshore.native.image.store.cache import MAKING
from longshore.native.image.store.images import ImageStore
from longshore.native.image.store.removal import Uses, unneeded

NOBODY = Uses()


def image(name: str, *layers: str) -> Image:
    return Image(name, f"id of {name}", layers, ImageConfig())


def test_layers_that_others_need_stay() -> None:
    gone = image("app", "base", "python", "own")
    assert unneeded(gone, [], NOBODY) == ("own", "python", "base")
    assert unneeded(gone, [image("python", "base", "python")], NOBODY) == ("own",)
    assert unneeded(gone, [image("debian", "base")], Uses(layers=frozenset({"own"}))) == ("python",)
    assert unneeded(gone, [image("same", "base", "python", "own")], NOBODY) == ()


def test_an_image_of_a_container_stays_and_one_of_its_name_but_older_does_not() -> None:
    gone = image("app", "own")
    assert unneeded(gone, [], Uses(frozenset({("app", "id of app")}))) is None
    assert unneeded(gone, [], Uses(frozenset({("app", "older")}), frozenset({"old"}))) == ("own",)
    assert unneeded(gone, [], Uses(frozenset({("another name", "id of app")}))) == ("own",)


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "cache")


def made(store: ImageStore, name: str, *keys: str) -> Image:
    for key in keys:
        with store.cache.staging() as staged:
            (staged / "layer/root").mkdir(parents=True)
            (staged / "layer/root" / key).touch()
            store.cache.publish_layer(key, staged / "layer", {"kind": "test"})
    return store.record(Image(name, "", tuple(str(store.cache.layer_root(key)) for key in keys), ImageConfig()))


def using(uses: Uses = NOBODY) -> Callable[[], Awaitable[Uses]]:
    async def answer() -> Uses:
        return uses

    return answer


async def test_the_name_and_the_layers_go(store: ImageStore) -> None:
    made(store, "debian", "base")
    made(store, "app:1", "base", "own")
    assert await store.remove("app:1", using())
    assert store.find("app:1") is None
    assert store.find("debian") is not None
    assert [path.name for path in store.cache.layers.iterdir()] == ["base"]
    assert list((store.cache.directory / "staging").iterdir()) == []
    assert await store.remove("app:1", using()), "what is not there is as wanted"


async def test_the_name_alone_goes_also_while_another_image_is_being_made(store: ImageStore) -> None:
    made(store, "app-of-a-copy", "base", "own")
    async with store.cache.lock(MAKING, shared=True), store.cache.lock(MAKING, shared=True):
        assert await store.remove("app-of-a-copy", using(), steps=False)
    assert store.find("app-of-a-copy") is None
    assert sorted(path.name for path in store.cache.layers.iterdir()) == ["base", "own"]


async def test_nothing_goes_of_an_image_in_use(store: ImageStore) -> None:
    app = made(store, "app", "own")
    assert not await store.remove("app", using(Uses(frozenset({("app", app.id)}))))
    assert store.find("app") == app


async def test_nothing_goes_while_an_image_is_being_made(store: ImageStore) -> None:
    """A build has found a layer in the cache and makes the next; no record names either yet."""
    app = made(store, "app", "own")
    async with store.cache.lock(MAKING, shared=True), store.cache.lock(MAKING, shared=True):
        assert not await store.remove("app", using())
        assert store.find("app") == app
    assert await store.remove("app", using())


async def test_a_removal_that_was_broken_off_is_finished_by_the_next(store: ImageStore) -> None:
    made(store, "app", "base", "own")
    store.cache.remove_layer("own")  # killed here
    assert store.find("app") is None
    assert await store.remove("app", using())
    assert list(store.cache.layers.iterdir()) == []
    assert list(store.cache.images.iterdir()) == []


async def test_a_record_that_names_foreign_directories_removes_none_of_them(store: ImageStore, tmp_path: Path) -> None:
    precious = tmp_path / "layers/precious/root"
    precious.mkdir(parents=True)
    for layer in (precious, tmp_path, store.cache.layers / "x/../../../layers/precious/root"):
        store.record(Image("evil", "", (str(layer),), ImageConfig()))
        assert await store.remove("evil", using())
        assert precious.is_dir()


async def test_a_record_that_is_none_goes_and_is_in_nobodys_way(store: ImageStore) -> None:
    made(store, "app", "own")
    broken = store.cache.images / "broken.json"
    broken.write_text("{")
    assert await store.remove("app", using())
    assert await store.remove("broken", using())
    assert not broken.exists()
