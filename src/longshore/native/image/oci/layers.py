"""Layers of real images in the cache: each by what it holds, so that all images and projects share it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import IO, Any, Literal

from longshore.engine.registry.manifests import Descriptor
from longshore.engine.registry.settings import Target
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.store.cache import Cache, key_of, layer_key
from longshore.native.image.store.imagejson import read_json
from longshore.native.image.store.samefiles import share
from longshore.native.image.store.unsynced import mark
from longshore.native.kernel.privileges import is_root
from longshore.native.shared.package import SOURCE

__all__ = [
    "Ids", "Known", "empty_layer", "known_blob", "layer_name", "present", "remember_blob", "run_packer", "several_of",
    "unpack",
    "unpacked_blobs",
]  # fmt: skip

Ids = Literal["one", "many"]
"""Of an ordinary user's containers, each; root needs no such choice."""

LEVEL = 6
"""How hard a layer is compressed."""
RULES = 1
"""Counts with every key: raise it when an archive comes to another tree than before."""
_ENOSPC, _EDQUOT = 28, 122


def kind_of_ids(ids: Ids = "one") -> str:
    """Whose the files of a layer are: "root" gives them their owners, an ordinary user has "one" id, or "many"."""
    return "root" if is_root() else ids


def layer_name(diff_id: str, ids: Ids = "one") -> str:
    """What the layer is called in the cache."""
    return key_of("oci", RULES, diff_id, kind_of_ids(ids))


def present(cache: Cache, diff_id: str, ids: Ids = "one") -> Path | None:
    """The layer, if the cache has it."""
    key = layer_name(diff_id, ids)
    if not cache.has_layer(key):
        return None
    cache.touch_layer(key)
    return cache.layer_root(key)


def empty_layer(cache: Cache, ids: Ids = "one") -> Path:
    """What an image without layers stands on."""
    key = key_of("oci", "empty", kind_of_ids(ids))
    if not cache.has_layer(key):
        with cache.staging() as staged:
            (staged / "layer" / "root").mkdir(parents=True)
            (staged / "layer" / "root").chmod(0o755)
            cache.publish_layer(key, staged / "layer", {"kind": "oci", "diff_id": "", "ids": ids})
    return cache.layer_root(key)


@record
class Known:
    """What a layer is in a registry: its blob, that unpacked, and who gave it ("" where it was packed here)."""

    blob: Descriptor
    diff_id: str
    host: str = ""
    path: str = ""
    dated: int | None = None


def remember_blob(
    cache: Cache, diff_id: str, blob: Descriptor, target: Target | None, key: str = "", ids: Ids = "one",
    dated: int | None = None,
) -> None:  # fmt: skip
    """Write down what the layer is elsewhere; `key` names it in the cache, where its content does not. `dated`: packed
    here with nothing younger than that."""
    value = {"digest": blob.digest, "size": blob.size, "media": blob.media, "diff_id": diff_id, "dated": dated}
    given = {"host": target.host, "path": target.path} if target else {}
    cache.write_json(cache.directory / "packed" / f"{key or layer_name(diff_id, ids)}.json", {**value, **given})


def known_blob(cache: Cache, layer: str) -> Known | None:
    """What was written down of the layer whose root this is."""
    try:
        found = read_json(cache.directory / "packed" / f"{layer_key(layer)}.json")
        blob = Descriptor(str(found["media"]), str(found["digest"]), int(found["size"]))
        place = str(found.get("host", "")), str(found.get("path", ""))
        return Known(blob, str(found["diff_id"]), *place, dated=found.get("dated"))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def unpacked_blobs(cache: Cache, ids: Ids = "one") -> frozenset[str]:
    """Blobs of registries whose layers the cache has."""
    found: set[str] = set()
    for path in (cache.directory / "packed").glob("*.json"):
        known = known_blob(cache, str(cache.layer_root(path.stem)))
        if known and present(cache, known.diff_id, ids):
            found.add(known.blob.digest)
    return frozenset(found)


async def unpack(cache: Cache, archive: IO[bytes], diff_id: str, image: str, ids: Ids = "one", name: str = "") -> Path:
    """Unpack the archive (compressed or not) into the cache. ShoreError where it is not what its digest says, or must
    not be unpacked; the cache is as before then. `name`: what it is called there, where its content does not say."""
    key = name or layer_name(diff_id, ids)
    with cache.staging() as staged:
        root = staged / "layer" / "root"
        root.mkdir(parents=True)
        root.chmod(0o755)
        said = await _program("unpack", root, ids, stdin=archive, stdout=asyncio.subprocess.PIPE)
        if said.get("errno") in (_ENOSPC, _EDQUOT):
            what = f"{image} cannot be unpacked: {said['failed'].lower()} ({cache.directory})"
            raise ShoreError(what, hint="make room (shore cache prune), or name another place by XDG_CACHE_HOME")
        if "failed" in said:
            raise ShoreError(f"{image} cannot be unpacked: {said['failed']}", hint="see shore version --debug")
        if "refused" in said:
            what = f"{image}: its layer {diff_id[:19]}… cannot be unpacked: {said['refused']}"
            raise ShoreError(what, hint="the image is broken or hostile; nothing of it was kept")
        if said["digest"] != diff_id:
            what = f"{image}: its layer {diff_id[:19]}… holds something else than its configuration says"
            raise ShoreError(what, hint="the image is broken or hostile; nothing of it was kept")
        info = {"kind": "oci", "diff_id": diff_id, "bytes": said["bytes"], "ids": ids}
        mark(cache.unsynced, key)
        async with cache.lock("same files"):  # of two that are unpacked at once the second finds the first
            if kind_of_ids(ids) != "many":  # those are not the user's own to link to
                await asyncio.to_thread(share, root, cache.layers.glob("*/root"))
            return cache.publish_layer(key, staged / "layer", info)


async def run_packer(
    root: Path, archive: IO[bytes], ids: Ids = "one", *, plain: bool = False, dated: int | None = None
) -> dict[str, Any]:
    """Pack a layer into the file, or hardly compressed where it is for us alone, with nothing younger than `dated`;
    what the process says that did it."""
    more = ("0" if plain else str(LEVEL), *(() if dated is None else (str(dated),)))
    return await _program("pack", root, ids, *more, stdin=asyncio.subprocess.DEVNULL, stdout=archive)


async def several_of(cache: Cache, layer: str) -> Path:
    """The layer whose root this is, an ordinary user's with one id, as one of many: owners are those that were written
    down. ShoreError."""
    known = known_blob(cache, layer)
    there = present(cache, known.diff_id, "many") if known else None
    if there is not None:
        return there
    key = key_of("oci", "many", RULES, layer_key(layer))
    async with cache.lock(key):
        if cache.has_layer(key):
            cache.touch_layer(key)
            return cache.layer_root(key)
        with cache.staging() as staged:
            with (staged / "archive").open("wb") as archive:
                said = await run_packer(Path(layer), archive, plain=True)
            if "failed" in said:
                raise ShoreError(f"a layer cannot be given its owners: {said['failed']}", hint="is the disk full?")
            with (staged / "archive").open("rb") as packed:
                return await unpack(cache, packed, str(said["diff_id"]), "the image", "many", key)


async def _program(
    name: str, root: Path, ids: Ids, *more: str, stdin: IO[bytes] | int, stdout: IO[bytes] | int
) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-P", "-m", f"longshore.native.image.oci.{name}", str(root), kind_of_ids(ids), *more,
        env={"PYTHONPATH": os.pathsep.join([SOURCE, *_zstd_place()]), "LC_ALL": "C.UTF-8"},
        stdin=stdin, stdout=stdout, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        output, trouble = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        said: dict[str, Any] = json.loads(output or trouble)
    except ValueError:
        lines = trouble.decode(errors="replace").strip().splitlines()
        said = {"failed": lines[-1] if lines else f"its process ended with {process.returncode}"}
    return said


def _zstd_place() -> tuple[str, ...]:
    """Where the backport of zstd is installed: the process looks at no site-packages of its own."""
    try:
        found = importlib.util.find_spec("backports.zstd")
    except ModuleNotFoundError:
        return ()
    return (str(Path(found.origin).parents[2]),) if found and found.origin else ()
