"""The native engine's images: found in the cache, made when missing, removed. build/ makes those of Dockerfiles."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.reference import parse_reference
from longshore.native.image.model import Image, Server
from longshore.native.image.store.cache import MAKING, Cache, key_of, layer_keys
from longshore.native.image.store.imagejson import image_from_json, image_to_json, read_json
from longshore.state.events import Emit, ImageFetching, ImageReady
from longshore.state.folders import CACHE, folder

if TYPE_CHECKING:
    from longshore.native.image.catalog.provider import ImageSurvey
    from longshore.native.image.oci.pull import Puller
    from longshore.native.image.source import Answer, Known, Policy, Where
    from longshore.native.image.store.removal import Uses

__all__ = ["ImageStore"]

_MANY = "#many"
"""Ends the name under which the store of many ids keeps an image, beside the same of one."""


class ImageStore:
    """The images of one user, in `cache_dir` (default: $XDG_CACHE_HOME/longshore). With `offline` nothing is
    downloaded: what is missing is an error that says what is needed. Where images come from is chosen by `policy` and
    by what `held` says that a project has them from already (image/source.py has the table). One `beside` another has
    the same images for containers of many ids, and knows what that one does."""

    def __init__(
        self, cache_dir: Path | None = None, *, offline: bool = False, policy: Policy = "builtin",
        environ: Mapping[str, str] = os.environ, beside: ImageStore | None = None,
    ) -> None:  # fmt: skip
        self.cache = Cache(cache_dir or Path(folder(os.environ, CACHE)))
        self.offline, self.policy = offline, policy
        self.held: dict[str, Where] = beside.held if beside else {}
        self._answers: dict[str, Answer] = beside._answers if beside else {}
        self._beside = beside
        self._environ = environ
        self._puller: Puller | None = None

    def survey(self, reference: str) -> ImageSurvey:
        """What would run for `reference`, without any download; by what registries said where they were asked."""
        from longshore.native.image.catalog.provider import ImageSurvey
        from longshore.native.image.source import decide

        cached = self._there(reference)
        built = _built(cached)
        if built is not None:
            return ImageSurvey("exact", built.runs, f"{reference}, built here")
        builtin = self._builtin(reference, there="builtin" in cached)
        return decide(self.policy, self._known(reference, cached), reference, builtin)

    def _builtin(self, reference: str, *, there: bool) -> ImageSurvey:
        """What stands in for it here; `there`: it is made already."""
        from longshore.native.image.catalog.lookup import survey
        from longshore.native.image.catalog.provider import refused
        from longshore.native.image.debian.releases import NO_TOOLS_TODO, missing_tools, no_tools

        found = survey(reference)
        missing = missing_tools()
        if found.recipe is None or not missing or there:
            return found
        return refused(no_tools(missing), NO_TOOLS_TODO)

    def _cached(self, reference: str) -> dict[Where, Image]:
        """What the cache has of that name: an image that a Dockerfile made here, alone, or the others."""
        builtin = self._read(reference, "builtin")
        if builtin is not None and builtin.source == "build":
            return {"builtin": builtin}
        found: dict[Where, Image | None] = {"registry": self._read(reference, "registry"), "builtin": builtin}
        return {where: image for where, image in found.items() if image is not None}

    def _there(self, reference: str) -> dict[Where, Image]:
        """As `_cached`, or what it could be made of, where the store is beside another."""
        return self._cached(reference) or (self._beside._cached(reference) if self._beside else {})

    def _known(self, reference: str, cached: Iterable[Where]) -> Known:
        from longshore.native.image.source import Known

        return Known(self.held.get(reference), tuple(cached), self._answers.get(reference), self.offline)

    async def ask(self, references: Iterable[str]) -> None:
        """Ask registries for those of the images whose source depends on them: all at once, for a moment only."""
        import asyncio

        from longshore.native.image.source import Answer

        wanted = [name for name in dict.fromkeys(references) if name not in self._answers and self._must_ask(name)]
        if wanted:
            try:
                pulls = self._pulls
            except ShoreError as error:  # a file of the machine's settings: what is made here needs none of them
                self._answers |= dict.fromkeys(wanted, Answer(error=error))
                return
            answers = await asyncio.gather(*(pulls.ask(name) for name in wanted))
            self._answers |= dict(zip(wanted, answers, strict=True))

    def _must_ask(self, reference: str) -> bool:
        from longshore.native.image.source import must_ask

        cached = self._there(reference)
        return _built(cached) is None and must_ask(self.policy, self._known(reference, cached))

    @property
    def _pulls(self) -> Puller:
        if self._puller is None:
            from longshore.engine.registry.client import Client
            from longshore.native.image.oci.pull import Puller

            self._puller = Puller(self.cache, Client.of(self._environ), "many" if self._beside else "one")
        return self._puller

    async def close(self) -> None:
        """Let go of connections; what was unpacked is to reach the disk."""
        if self.cache.unsynced.is_dir():
            from longshore.native.image.store.unsynced import begin_sync

            begin_sync(self.cache.unsynced)
        if self._puller is not None:
            await self._puller.client.close()
            self._puller = None

    def find(self, reference: str) -> Image | None:
        """The image if it is in the cache, whole, from where it is to come."""
        from longshore.native.image.source import wanted

        cached = self._cached(reference)
        built = _built(cached)
        if built is not None:
            return built
        where = wanted(self.policy, self._known(reference, cached))
        return cached.get(where) if where else None

    def _read(self, reference: str, where: Where) -> Image | None:
        if self._beside and where == "builtin":
            return self._several(self._beside._read(reference, where))
        return self._stored(reference, self._record(reference, where))

    def _several(self, image: Image | None) -> Image | None:
        """What a Dockerfile made here, with its owners, if it is made already; what the engine itself makes has one
        user, and stays."""
        if image is None or image.source != "build":
            return image
        found = self._stored(image.reference, self._record(image.reference))
        return found if found and found.id == image.id else None

    async def with_owners(self, image: Image) -> Image:
        """An image of the store that this one is beside, for containers of many ids. ShoreError."""
        from longshore.native.image.oci.layers import several_of

        async with self.cache.lock(MAKING, shared=True):
            made = tuple([str(await several_of(self.cache, layer)) for layer in image.layers])
            return self._keep(replace(image, layers=made), self._record(image.reference, image.where), None)

    def _stored(self, reference: str, path: Path) -> Image | None:
        try:
            record = read_json(path)
            image = image_from_json(record["image"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        whole = all((Path(layer).parent / "layer.json").is_file() for layer in image.layers)
        return image if whole and self._is_current(reference, record.get("recipes")) else None

    def _is_current(self, reference: str, recipes: object) -> bool:
        """Whether an image is made today as it was: one that was built here is, or that was pulled; for one of the
        catalogue its recipes are asked."""
        if recipes is None:
            return True
        from longshore.native.image.catalog.lookup import made_by

        return recipes == made_by(reference)

    async def resolve(self, reference: str, emit: Emit, service: str, *, again: bool = False) -> Image:
        """The image for `reference`, pulled or made where the cache has it not. `again`: what a registry has now is
        wanted, whatever the cache has. Raises ShoreError."""
        began = time.monotonic()
        found = self.find(reference)
        if found is None:
            await self.ask([reference])
            found = await self._from_beside(reference)
        if (found or self.survey(reference)).where == "registry" and (again or found is None) and not self.offline:
            image, cached = await self._pull_or_own(reference, emit, service)
        else:
            image, cached = found or await self._make_kept(reference, emit, service), found is not None
        seconds = time.monotonic() - began
        emit(ImageReady(service, image=reference, runs=image.runs, cached=cached, seconds=seconds))
        return image

    async def _from_beside(self, reference: str) -> Image | None:
        """What needs no registry: what was built here, or what no registry may be asked for."""
        own = self._beside.find(reference) if self._beside else None
        if own is not None and (own.source == "build" or self.offline):
            return await self.with_owners(own)
        return None

    async def _pull_or_own(self, reference: str, emit: Emit, service: str) -> tuple[Image, bool]:
        """What the store that this one is beside has of it will do, where no registry gives it."""
        own = self._beside._read(reference, "registry") if self._beside else None
        try:
            return await self._pull(reference, emit, service)
        except ShoreError:
            if own is None:
                raise
            return await self.with_owners(own), True

    async def _pull(self, reference: str, emit: Emit, service: str) -> tuple[Image, bool]:
        """The image that the registry has now, and whether nothing of it had to be fetched."""
        async with self.cache.lock(MAKING, shared=True):
            known = self._read(reference, "registry")
            image = await self._pulls.pull(reference, emit, service, known)
            return self._keep(image, self._record(reference, "registry"), None), image is known

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
            answer = self._answers.get(reference)
            raise (answer.error if answer and answer.error and surveyed.where == "registry" else None) or ShoreError(
                surveyed.text, hint=surveyed.todo
            )

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
            server=_from_here(provider.server(recipe.version)) if provider.server else None,
        )
        return self.record(whole, made_by=made_by(reference))

    async def push(self, reference: str, emit: Emit, service: str) -> str:
        """Send an image to its registry; the digest of its manifest there. ShoreError."""
        from longshore.native.image.oci.push import push

        return await push(self.cache, self._pulls.client, self.have(reference), emit, service)

    async def save(self, references: Sequence[str], target: Path) -> None:
        """Write images into an archive, or a folder. ShoreError."""
        from longshore.native.image.oci.export import write_layout

        await write_layout(self.cache, [(name, self.have(name)) for name in references], target)

    async def load(self, source: Path | IO[bytes]) -> tuple[str, ...]:
        """Take the images of an archive, or a folder, into the cache; their names. ShoreError."""
        from longshore.native.image.oci.loading import load

        async with self.cache.lock(MAKING, shared=True):
            images = await load(self.cache, source)
            for image in images:
                self._keep(image, self._record(image.reference, "registry"), None)
        return tuple(image.reference for image in images)

    def have(self, reference: str) -> Image:
        """The image that is here. ShoreError where it is not."""
        found = self.find(reference)
        if found is None:
            raise ShoreError(f"{reference} is not here", hint="shore build makes it, shore pull fetches it")
        return found

    def record(self, image: Image, *, made_by: list[object] | None = None) -> Image:
        """Give the image its id and creation time and remember it under its reference. One of the catalogue, `made_by`
        those recipes, is made anew when they change."""
        keys = layer_keys(image.layers)
        config = image_to_json(image)["config"]
        whole = replace(image, id=f"sha256:{key_of(keys, config)}")
        return self._keep(whole, self._record(image.reference), made_by)

    def _keep(self, image: Image, place: Path, made_by: list[object] | None) -> Image:
        whole = replace(image, created=time.time())
        self.cache.write_json(place, {"image": image_to_json(whole), "recipes": made_by})
        return whole

    def set_damaged_aside(self, image: Image, *, thorough: bool = False) -> bool:
        """Whether something is missing of what the cache has of the image. It is not there then, to be made anew."""
        keys = layer_keys(image.layers)
        damaged = [key for key in keys if self.cache.is_damaged(key, thorough=thorough)]
        for key in damaged:
            self.cache.set_aside(key)
        return bool(damaged)

    def touch(self, image: Image) -> None:
        """The image is of use now."""
        with suppress(OSError):
            os.utime(self._record(image.reference, image.where))

    def _record(self, reference: str, where: Where = "builtin") -> Path:
        """What was pulled stands beside what was made here by the same name."""
        many = _MANY if self._beside else ""
        if where == "builtin":
            return self.cache.images / f"{quote(reference, safe='')}{many}.json"
        parsed = parse_reference(reference)  # "app" and "docker.io/library/app:latest" are one
        name = f"{parsed.name}:{parsed.version}@{parsed.digest}".rstrip("@")
        return self.cache.images / f"{quote(name, safe='')}#registry{many}.json"

    async def remove(self, reference: str, uses: Callable[[], Awaitable[Uses]], *, steps: bool = True) -> bool:
        """Take the image's name away, and with `steps` those of its layers that nothing else needs. False when
        something uses it. `uses` is asked when no image can be made or removed any more."""
        from longshore.native.image.store.removal import remove

        named = [self._record(reference), self._record(reference, "registry")]
        places = [*named, *(place.with_name(f"{place.stem}{_MANY}.json") for place in named)]
        gone = [await remove(self.cache, place, uses, steps=steps) for place in places if place.exists()]
        return all(gone)


def _built(cached: Mapping[Where, Image]) -> Image | None:
    """The image that a Dockerfile made here."""
    found = cached.get("builtin")
    return found if found is not None and found.source == "build" else None


def _from_here(server: Server) -> Server:
    """What is made from Debian's packages, or runs beside them, has glibc."""
    return replace(server, libc="glibc", source="builtin")
