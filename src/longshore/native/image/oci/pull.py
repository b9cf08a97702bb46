"""A real image from a registry into the cache: manifest, configuration, layers; each verified by its digest."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from longshore.engine.registry.client import Client, Found
from longshore.engine.registry.download import AT_ONCE, Downloads
from longshore.engine.registry.errors import unreachable
from longshore.engine.registry.manifests import Descriptor, own_platform
from longshore.model.errors import ShoreError
from longshore.model.reference import parse_reference
from longshore.native.image.model import Image
from longshore.native.image.oci import layers
from longshore.native.image.oci.config import Configuration, parse_configuration
from longshore.native.image.oci.emulation import emulates
from longshore.native.image.oci.servers import server_of
from longshore.native.image.oci.told import Told
from longshore.native.image.source import Answer
from longshore.native.image.store.cache import Cache
from longshore.state.events import Emit

__all__ = ["Puller"]

ASK_SECONDS = 2.0
"""How long a registry has to say whether it has an image, before what is here serves."""


class Puller:
    """All that one command pulls into a cache."""

    def __init__(self, cache: Cache, client: Client, ids: layers.Ids = "one") -> None:
        self._cache, self.client, self._ids = cache, client, ids
        self._downloads = Downloads(client)
        self._found: dict[str, Found] = {}
        """What registries said that were asked before: it is not asked for twice."""
        self._unpacking = asyncio.Semaphore(min(AT_ONCE, os.cpu_count() or 1))

    async def ask(self, reference: str) -> Answer:
        """What the registry says of it, if it says anything soon."""
        parsed = parse_reference(reference)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                found = await self.client.head(parsed)
        except TimeoutError:
            return Answer(error=unreachable(parsed.registry, f"no answer within {ASK_SECONDS:g} s"))
        except ShoreError as error:
            return Answer(error=error)
        return Answer(found.digest, found.target.name, size=await self._size(reference))

    async def _size(self, reference: str) -> int:
        """Bytes that a pull would fetch; -1 where that cannot be known soon."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                found = self._found[reference] = await self.client.find(parse_reference(reference))
        except (TimeoutError, ShoreError):
            return -1
        there = await asyncio.to_thread(layers.unpacked_blobs, self._cache, self._ids)
        blobs = {blob.digest: blob.size for blob in found.manifest.layers if blob.digest not in there}
        return sum(blobs.values()) + found.manifest.config.size

    async def pull(self, reference: str, emit: Emit, service: str, known: Image | None = None) -> Image:
        """The image as the registry has it now, all of it in the cache; `known`, where that is the same. ShoreError."""
        found = self._found.pop(reference, None) or await self.client.find(parse_reference(reference))
        if known is not None and known.digest == found.digest:
            return known
        return await self._fetch(reference, found, emit, service)

    async def _fetch(self, reference: str, found: Found, emit: Emit, service: str) -> Image:
        manifest = found.manifest
        body = await self.client.small(found.target, manifest.config, reference)
        known = parse_configuration(body, reference)
        check_platform(known, reference)
        if len(known.diff_ids) != len(manifest.layers):
            what = f"{reference}: {len(manifest.layers)} layers, but its configuration names {len(known.diff_ids)}"
            raise ShoreError(what, hint="the image is broken")
        roots = await self._layers(reference, found, known, Told(reference, emit, service))
        return Image(
            reference, manifest.config.digest, roots, known.config, asked=reference,
            server=server_of(known.config, roots), source="registry", digest=found.digest,
        )  # fmt: skip

    async def _layers(self, reference: str, found: Found, known: Configuration, told: Told) -> tuple[str, ...]:
        """Where each layer lies."""
        wanted = dict(zip(known.diff_ids, found.manifest.layers, strict=True))
        missing = {diff_id: blob for diff_id, blob in wanted.items() if self._present(diff_id) is None}
        told.expect(missing.values())
        try:
            async with asyncio.TaskGroup() as group:
                for diff_id, blob in missing.items():
                    group.create_task(self._layer(reference, found, diff_id, blob, told))
        except BaseExceptionGroup as failures:
            raise _first(failures) from None
        roots = tuple(
            str(self._cache.layer_root(layers.layer_name(diff_id, self._ids))) for diff_id in stacked(known.diff_ids)
        )
        return roots or (str(layers.empty_layer(self._cache, self._ids)),)

    def _present(self, diff_id: str) -> Path | None:
        return layers.present(self._cache, diff_id, self._ids)

    async def _layer(self, reference: str, found: Found, diff_id: str, blob: Descriptor, told: Told) -> None:
        """Another command that wants the same layer waits for this one, and then has it."""
        async with self._cache.lock(layers.layer_name(diff_id, self._ids)):
            if self._present(diff_id) is not None:
                told.have(blob, blob.size)
                return
            part = self._cache.blob(blob.digest)
            await self._downloads.fetch(found.target, blob, part, reference, lambda size: told.have(blob, size))
            async with self._unpacking:
                with part.open("rb") as archive:
                    await layers.unpack(self._cache, archive, diff_id, reference, self._ids)
            layers.remember_blob(self._cache, diff_id, blob, found.target, ids=self._ids)
            part.unlink()


def stacked(diff_ids: Sequence[str]) -> tuple[str, ...]:
    """The layers as they are laid on each other. Of one that stands twice, as empty ones do, the upper counts: whatever
    it has is seen from there, and an overlay takes no directory twice. Pure."""
    return tuple(reversed(dict.fromkeys(reversed(diff_ids))))


def check_platform(known: Configuration, image: str) -> None:
    """ShoreError for an image of another machine: its programs could not run here."""
    own = own_platform()
    there = known.platform
    fits = (there.os, there.architecture) in ((own.os, own.architecture), ("linux", ""))
    if not fits and not (there.os == "linux" and emulates(there.architecture)):
        raise ShoreError(
            f"{image} is made for {known.platform}; this machine is {own}",
            hint="ask for another image, build it here, or have an administrator install an emulator: "
            "sudo apt-get install qemu-user-static",
        )


def _first(failure: BaseException) -> BaseException:
    """What went wrong first, out of the groups around it."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
