"""The images of the native engine: what of its protocol needs the cache and registries, and no agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING

from longshore.engine.base import BuildOptions, ImageInfo
from longshore.model.reference import image_name
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.native.shared.places import Places
from longshore.native.shared.records import load
from longshore.native.shared.volumes import Volumes
from longshore.state.events import Emit

if TYPE_CHECKING:
    from pathlib import Path

    from longshore.engine.capabilities import Contents
    from longshore.native.image.model import Image
    from longshore.native.image.store.images import ImageStore
    from longshore.state.caches import Kept

__all__ = ["NativeImages"]


class NativeImages:
    """One part of the Engine protocol (engine/base.py), and of cache, contents, load, mend and push
    (engine/capabilities.py)."""

    def __init__(self, environ: Mapping[str, str], places: Places, *, offline: bool) -> None:
        self._environ, self._offline, self._places = environ, offline, places
        self._volumes = Volumes(places.volumes)
        self._store: ImageStore | None = None
        self._owning: ImageStore | None = None
        self._known: set[str] = set()
        self._several: set[str] = set()
        """Projects with services of many ids."""

    @property
    def _images(self) -> ImageStore:
        if self._store is None:
            from longshore.native.image.source import asked_policy
            from longshore.native.image.store.images import ImageStore

            given = asked_policy(self._environ.get("SHORE_IMAGES", ""), None)
            self._store = ImageStore(self._places.cache, offline=self._offline, policy=given, environ=self._environ)
        return self._store

    def _images_of(self, stack: Stack, service: Service) -> ImageStore:
        """The store for this service: of many ids, where it asks for them as an ordinary user."""
        from longshore.native.command.several import wants_several

        images = self._images_for(stack)
        if not wants_several(service):
            return images
        self._several.add(stack.name)
        if self._owning is None:
            from longshore.native.image.store.images import ImageStore

            self._owning = ImageStore(self._places.cache, environ=self._environ, beside=images)
        self._owning.policy, self._owning.offline = images.policy, images.offline
        return self._owning

    def _images_for(self, stack: Stack) -> ImageStore:
        """The store, which knows where this project has its images from. A command has one stack."""
        images = self._images
        if stack.name not in self._known:
            from longshore.native.command.sources import held
            from longshore.native.image.source import asked_policy

            self._known.add(stack.name)
            images.policy = asked_policy(self._environ.get("SHORE_IMAGES", ""), stack)
            if images.policy == "auto":
                images.held |= held(stack, load(self._places.project(stack.name).state), self._volumes)
        return images

    async def find_image(self, stack: Stack, service: Service) -> ImageInfo | None:
        image = self._image_of(stack, service)
        return _info(image) if image else None

    def _image_of(self, stack: Stack, service: Service) -> Image | None:
        return self._images_of(stack, service).find(image_name(stack.name, service))

    async def pull(self, stack: Stack, service: Service, emit: Emit, *, offline: bool = False) -> ImageInfo:
        images, reference = self._images_of(stack, service), image_name(stack.name, service)
        images.offline = images.offline or offline
        again = images.find(reference) is not None  # it is there, and wanted all the same
        return _info(await images.resolve(reference, emit, service.name, again=again))

    async def build(self, stack: Stack, service: Service, options: BuildOptions, emit: Emit) -> ImageInfo:
        from longshore.native.image.build.builder import build_image

        assert service.build is not None
        tag = image_name(stack.name, service)
        images = self._images_for(stack)
        image = await build_image(images, service.build, tag, options, emit, service.name, stack)
        owning = self._images_of(stack, service)
        return _info(image if owning is images else await owning.with_owners(image))

    async def contents(self, stack: Stack, service: Service, base: str, folder: str) -> Contents:
        """What the image of a service is made of."""
        from longshore.native.command.contents import contents

        del folder  # layers lie unpacked in the cache
        images = self._images_for(stack)
        return contents(images, image_name(stack.name, service), base)

    async def push(self, stack: Stack, service: Service, emit: Emit) -> None:
        await self._images_for(stack).push(image_name(stack.name, service), emit, service.name)

    async def load_images(self, source: Path | IO[bytes]) -> tuple[str, ...]:
        return await self._images.load(source)

    async def save_images(self, references: Sequence[str], target: Path) -> None:
        await self._images.save(references, target)

    async def remove_image(self, reference: str, *, steps: bool = True) -> bool:
        from longshore.native.command.usage import uses

        return await self._images.remove(reference, lambda: uses(self._places), steps=steps)

    async def set_damaged_aside(
        self, stack: Stack, services: Iterable[str], *, thorough: bool = False
    ) -> tuple[str, ...]:
        found: list[str] = []
        for name in services:
            service = stack.services.get(name)
            image = self._image_of(stack, service) if service else None
            if service and image and self._images_of(stack, service).set_damaged_aside(image, thorough=thorough):
                found.append(image.reference)
        return tuple(dict.fromkeys(found))

    async def verify_cache(self) -> tuple[Kept, ...]:
        from longshore.native.command.usage import uses
        from longshore.native.image.store.contents import verify

        return await asyncio.to_thread(verify, self._images.cache, await uses(self._places))

    async def cached(self) -> tuple[Kept, ...]:
        from longshore.native.command.usage import uses
        from longshore.native.image.store.contents import contents

        return await asyncio.to_thread(contents, self._images.cache, await uses(self._places))

    async def prune(self, *, before: float, most: int | None) -> tuple[Kept, ...]:
        from longshore.native.command.usage import uses
        from longshore.native.image.store.contents import prune
        from longshore.state.caches import to_remove

        def choose(there: tuple[Kept, ...]) -> tuple[Kept, ...]:
            return to_remove(there, before=before, most=most)

        return await prune(self._images.cache, lambda: uses(self._places), choose)

    async def _close_images(self) -> None:
        for store in (self._store, self._owning):
            if store is not None:
                await store.close()


def _info(image: Image) -> ImageInfo:
    return ImageInfo(
        image.reference, image.id, image.runs, image.created, environment=image.config.env, tagged=image.created
    )
