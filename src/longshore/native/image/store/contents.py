"""What is in the cache, how big it is and when it was last of use; and taking away what nothing needs."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.model import Image
from longshore.native.image.store.cache import DAMAGED, MAKING, Cache, layer_key, layer_keys, remove_tree
from longshore.native.image.store.imagejson import stored_image
from longshore.native.image.store.removal import Uses, remove
from longshore.state.caches import Kept

__all__ = ["contents", "prune", "verify"]

FOLDERS = {"downloads": "download", "apt": "package list", "mounts": "cache mount"}
"""Folders of the cache whose entries stand each for themselves, and what one is called."""


def contents(cache: Cache, uses: Uses) -> tuple[Kept, ...]:
    """Every image with the layers that it alone has, the layers that images share, those of builds' steps that no image
    has, and what was downloaded. A file that several have in common counts for the first. Slow: everything is
    counted."""
    images = {path: image for path in cache.images.glob("*.json") if (image := stored_image(path))}
    holders: dict[str, list[Path]] = {}
    for path, image in images.items():
        for layer in image.layers:
            holders.setdefault(layer_key(layer), []).append(path)
    in_use = set(layer_keys(uses.layers))
    seen: set[tuple[int, int]] = set()
    alone: dict[Path, int] = {}
    loose: list[Kept] = []
    for entry in _entries(cache.layers):
        name, size = entry.name, tree_size(entry, seen)
        if len(holders.get(name, ())) == 1:
            alone[holders[name][0]] = alone.get(holders[name][0], 0) + size
        elif name in holders:
            loose.append(Kept("shared layer", name[:12], size, _used(entry), True, str(entry)))
        else:
            runs = name.partition(DAMAGED)[0] in in_use
            loose.append(Kept("build step", name[:12], size, _used(entry), runs, str(entry)))
    found = [
        Kept("image", image.reference, alone.get(path, 0), _used(path), _runs(image, uses), str(path))
        for path, image in images.items()
    ]
    for folder, kind in FOLDERS.items():
        entries = _entries(cache.directory / folder)
        found += [Kept(kind, entry.name, tree_size(entry, seen), _used(entry), False, str(entry)) for entry in entries]
    return tuple(sorted([*found, *loose], key=lambda one: (-one.size, one.name)))


def verify(cache: Cache, uses: Uses) -> tuple[Kept, ...]:
    """Set aside every layer of which a part was removed, and say whose each was. Slow: all names are counted."""
    in_use, damaged = set(layer_keys(uses.layers)), []
    images = [image for path in cache.images.glob("*.json") if (image := stored_image(path))]
    for entry in _entries(cache.layers):
        if DAMAGED in entry.name or not cache.is_damaged(entry.name, thorough=True):
            continue
        holders = [image.reference for image in images if entry.name in layer_keys(image.layers)]
        what = ("image", holders[0]) if holders else ("build step", entry.name[:12])
        damaged.append(Kept(*what, tree_size(entry), _used(entry), entry.name in in_use, str(entry)))
        cache.set_aside(entry.name)
    return tuple(damaged)


def _runs(image: Image, uses: Uses) -> bool:
    return (image.reference, image.id) in uses.images


async def prune(
    cache: Cache, uses: Callable[[], Awaitable[Uses]], choose: Callable[[tuple[Kept, ...]], tuple[Kept, ...]]
) -> tuple[Kept, ...]:
    """Remove what is chosen of what is there; what has gone. Raises ShoreError while an image is being made."""
    with cache.lock_now(MAKING) as nobody_makes:
        if not nobody_makes:
            raise ShoreError("an image is being made or removed", hint="try again when that is done")
        chosen = choose(await asyncio.to_thread(contents, cache, await uses()))
        others = [one for one in chosen if one.kind != "image"]
        for one in others:
            await asyncio.to_thread(_remove, cache, one)
    images = [one for one in chosen if one.kind == "image"]
    return (*others, *[one for one in images if await remove(cache, Path(one.place), uses)])


def _remove(cache: Cache, one: Kept) -> None:
    path = Path(one.place)
    if path.parent == cache.layers:
        cache.remove_layer(path.name)
    elif path.is_dir():
        remove_tree(path)
    else:
        with suppress(FileNotFoundError):
            path.unlink()


def _entries(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(folder.iterdir())
    return []


def _used(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return time.time()


def tree_size(path: Path, seen: set[tuple[int, int]] | None = None) -> int:
    """Bytes on disk of a file or of all that is in a folder; a file with several names counts once, and not at all
    where it is among those that were `seen`, to which it comes."""
    seen = set() if seen is None else seen
    total = 0
    waiting = [str(path)]
    while waiting:
        place = waiting.pop()
        with suppress(OSError):
            status = os.lstat(place)
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                total += status.st_blocks * 512
            if os.path.isdir(place) and not os.path.islink(place):  # noqa: PTH112, PTH114 (a hot loop)
                waiting += [entry.path for entry in os.scandir(place)]
    return total
