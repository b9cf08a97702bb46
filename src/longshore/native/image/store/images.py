"""The native engine's images: found in the cache, made when missing, removed. build/ makes those of Dockerfiles."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.native.image.model import Image
from longshore.native.image.store.cache import MAKING, Cache, key_of, layer_keys
from longshore.native.image.store.imagejson import image_from_json, image_to_json, read_json
from longshore.state.events import Emit, ImageFetching, ImageReady
from longshore.state.folders import CACHE, folder

if TYPE_CHECKING:
    from longshore.native.image.catalog.provider import ImageSurvey
    from longshore.native.image.store.removal import Uses

__all__ = ["ImageStore"]


class ImageStore:
    """The images of one user, in `cache_dir` (default: $XDG_CACHE_HOME/longshore). With `offline` nothing is
    downloaded: what is missing is an error that says what is needed."""

    def __init__(self, cache_dir: Path | None = None, *, offline: bool = False) -> None:
        self.cache = Cache(cache_dir or Path(folder(os.environ, CACHE)))
        self.offline = offline

    def survey(self, reference: str) -> ImageSurvey:
        """What would run for `reference`, without any download."""
        from longshore.native.image.catalog.lookup import survey
        from longshore.native.image.catalog.provider import refused
        from longshore.native.image.debian.releases import NO_TOOLS_TODO, missing_tools, no_tools

        found = survey(reference)
        missing = missing_tools()
        if found.recipe is None or not missing or self.find(reference) is not None:
            return found
        return refused(no_tools(missing), NO_TOOLS_TODO)

    def find(self, reference: str) -> Image | None:
        """The image if it is in the cache, whole."""
        path = self._record(reference)
        try:
            record = read_json(path)
            image = image_from_json(record["image"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        whole = all((Path(layer).parent / "layer.json").is_file() for layer in image.layers)
        return image if whole and self._is_current(reference, record.get("recipes")) else None

    def _is_current(self, reference: str, recipes: object) -> bool:
        """Whether an image is made today as it was: one that was built here is, for one of the catalogue its recipes
        are asked."""
        if recipes is None:
            return True
        from longshore.native.image.catalog.lookup import made_by

        return recipes == made_by(reference)

    async def resolve(self, reference: str, emit: Emit, service: str) -> Image:
        """The image for `reference`, made from packages where the cache has it not. Raises ShoreError."""
        began = time.monotonic()
        found = self.find(reference)
        image = found or await self._make_kept(reference, emit, service)
        seconds = time.monotonic() - began
        emit(ImageReady(service, image=reference, runs=image.runs, cached=found is not None, seconds=seconds))
        return image

    async def _make_kept(self, reference: str, emit: Emit, service: str) -> Image:
        """Nobody removes a layer that is in the cache already while others are made on top of it."""
        async with self.cache.lock(MAKING, shared=True):
            return await self._make(reference, emit, service)

    async def _make(self, reference: str, emit: Emit, service: str) -> Image:
        from longshore.native.image.catalog.lookup import made_by, provider_of
        from longshore.native.image.catalog.provider import ELSEWHERE
        from longshore.native.image.debian.ground import lay

        surveyed, provider = self.survey(reference), provider_of(reference)
        if surveyed.recipe is None or provider is None:
            raise ShoreError(surveyed.text, hint=surveyed.todo)

        def progress(what: str, done: int, total: int) -> None:
            emit(ImageFetching(service, what=what, done=done, total=total))

        recipe = surveyed.recipe
        try:
            ground = await lay(self.cache, recipe, progress, offline=self.offline)
            image = await provider.make(ground, recipe)
        except OSError as error:
            what = f"{reference} cannot be made: {error}"
            raise ShoreError(what, hint=f"see whether the disk is full; or {ELSEWHERE}") from error
        whole = replace(
            image,
            reference=reference,
            asked=reference,
            layers=(*ground.below, *image.layers),
            deviations=(surveyed.text,) if surveyed.level == "deviates" else (),
            server=provider.server(recipe.version) if provider.server else None,
        )
        return self.record(whole, made_by=made_by(reference))

    def record(self, image: Image, *, made_by: list[object] | None = None) -> Image:
        """Give the image its id and creation time and remember it under its reference. One of the catalogue, `made_by`
        those recipes, is made anew when they change."""
        keys = layer_keys(image.layers)
        config = image_to_json(image)["config"]
        whole = replace(image, id=f"sha256:{key_of(keys, config)}", created=time.time())
        self.cache.write_json(self._record(image.reference), {"image": image_to_json(whole), "recipes": made_by})
        return whole

    def touch(self, image: Image) -> None:
        """The image is of use now."""
        with suppress(OSError):
            os.utime(self._record(image.reference))

    def _record(self, reference: str) -> Path:
        return self.cache.images / f"{quote(reference, safe='')}.json"

    async def remove(self, reference: str, uses: Callable[[], Awaitable[Uses]]) -> bool:
        """Take the image's name away, and those of its layers that nothing else needs. False when something uses it.
        `uses` is asked when no image can be made or removed any more."""
        from longshore.native.image.store.removal import remove

        return await remove(self.cache, self._record(reference), uses)
