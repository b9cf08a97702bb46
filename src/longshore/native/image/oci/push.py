"""An image of the cache to its registry."""

from __future__ import annotations

import asyncio
from pathlib import Path

from longshore.engine.registry.client import Client
from longshore.engine.registry.download import Downloads
from longshore.engine.registry.manifests import OCI_MANIFEST
from longshore.engine.registry.settings import HUB_HOST, Target, targets
from longshore.engine.registry.upload import Uploads
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.reference import HUB, parse_reference
from longshore.native.image.model import Image
from longshore.native.image.oci import layers
from longshore.native.image.oci.export import LAYER, Packed, config_blob, described, pack
from longshore.native.image.oci.told import Told
from longshore.native.image.store.cache import Cache, layer_key
from longshore.state.events import Emit

__all__ = ["push"]


async def push(cache: Cache, client: Client, image: Image, emit: Emit, service: str) -> str:
    """Send what the registry has not; the digest of the manifest there. ShoreError where it is not taken."""
    parsed = parse_reference(image.reference)
    target = targets(parsed, client.settings)[-1]
    uploads = Uploads(client, target, image.reference)
    told = Told(image.reference, emit, service)
    with cache.staging() as staged:
        packed = [await _layer(cache, client, uploads, layer, staged, image.dated) for layer in image.layers]
        found = described(image.config, tuple(packed), image.dated)
        config = config_blob(found.config)
        told.expect([config, *(one.blob for one in packed)])
        try:
            async with asyncio.TaskGroup() as group:
                for one in packed:
                    group.create_task(_send(uploads, one, told))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        await uploads.blob(config, found.config, lambda size: told.have(config, size))
        await uploads.manifest(parsed.version, OCI_MANIFEST, found.manifest)
    return found.digest


async def _send(uploads: Uploads, one: Packed, told: Told) -> None:
    if one.path:
        await uploads.blob(one.blob, Path(one.path), lambda size: told.have(one.blob, size))
    else:
        told.have(one.blob, one.blob.size)


async def _layer(cache: Cache, client: Client, uploads: Uploads, layer: str, folder: Path, dated: int | None) -> Packed:
    """A layer that came from a registry stays the blob that it was there, so that images go on sharing it."""
    known = layers.known_blob(cache, layer)
    if known is None or (not known.host and known.dated != dated):
        return await pack(cache, layer, folder, dated)
    blob = replace(known.blob, media=_oci(known.blob.media))
    if await uploads.has(blob.digest):
        return Packed(blob, known.diff_id, "")
    if known.host:
        path = folder / layer_key(layer)
        name = HUB if known.host == HUB_HOST else known.host
        source = Target(known.host, known.path, name, client.settings.trusts_blindly(known.host))
        try:
            await Downloads(client).fetch(source, blob, path, layer_key(layer)[:12], lambda _: None)
        except ShoreError:  # who gave it does so no more
            return await pack(cache, layer, folder, dated)
        return Packed(blob, known.diff_id, str(path))
    return await pack(cache, layer, folder, dated)


def _oci(media: str) -> str:
    """Docker's name of a kind of layer as OCI's: the bytes are the same."""
    ending = media.rpartition("tar")[2].lstrip(".+")
    return LAYER.replace("+gzip", f"+{ending}" if ending else "")
