"""Removing an image: its name, and the layers that nothing else needs. What is in use stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from longshore.model.record import record
from longshore.native.image.model import Image
from longshore.native.image.store.cache import MAKING, Cache, layer_key
from longshore.native.image.store.imagejson import stored_image

__all__ = ["Uses", "remove", "unneeded"]


@record
class Uses:
    """What containers (running or not, of every project) and volumes have of the cache: `images` by name and id, and
    `layers`."""

    images: frozenset[tuple[str, str]] = frozenset()
    layers: frozenset[str] = frozenset()


def unneeded(image: Image, others: Iterable[Image], uses: Uses) -> tuple[str, ...] | None:
    """The layers that go with the image's name, topmost first; None when a container is of this very image. Pure."""
    if (image.reference, image.id) in uses.images:
        return None
    needed = {layer for other in others for layer in other.layers} | uses.layers
    return tuple(layer for layer in reversed(image.layers) if layer not in needed)


async def remove(cache: Cache, path: Path, uses: Callable[[], Awaitable[Uses]], *, steps: bool = True) -> bool:
    """Remove the image whose record is at `path`; without `steps` its layers stay, as those of the steps of a build
    that no image has. False when it is in use, or when an image is being made, which may stand on the layers that are
    to go. The record goes last: what is broken off in the middle is found again by the next removal."""
    async with cache.lock("removing images"):  # two that remove are to wait for each other, not to give up
        with cache.lock_now(MAKING) as nobody_makes:
            image = stored_image(path)
            if image is None:
                path.unlink(missing_ok=True)
                return True
            others = (stored_image(other) for other in cache.images.glob("*.json") if other != path)
            may = nobody_makes or not steps
            layers = unneeded(image, filter(None, others), await uses()) if may else None
            if layers is None:
                return False
            for layer in layers if steps else ():
                await asyncio.to_thread(_remove_layer, cache, layer)
            path.unlink(missing_ok=True)
    return True


def _remove_layer(cache: Cache, layer: str) -> None:
    """Only what the cache itself has made is removed, whatever a record says."""
    key = layer_key(layer)
    if Path(layer) == cache.layer_root(key):
        cache.remove_layer(key)
