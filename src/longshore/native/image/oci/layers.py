"""Layers of real images in the cache: each by what it holds, so that all images and projects share it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import IO, Any

from longshore.model.errors import ShoreError
from longshore.native.image.store.cache import Cache, key_of

__all__ = ["empty_layer", "layer_name", "present", "unpack"]

_SOURCE = str(Path(__file__).resolve().parents[4])
"""The directory that holds the package `longshore`, wherever it is installed."""
RULES = 1
"""Counts with every key: raise it when an archive comes to another tree than before."""
_ENOSPC, _EDQUOT = 28, 122


def kind_of_ids() -> str:
    """Whose the files of a layer are: "root" gives them their owners, an ordinary user has "one" id."""
    return "root" if os.geteuid() == 0 else "one"


def layer_name(diff_id: str) -> str:
    """What the layer is called in the cache."""
    return key_of("oci", RULES, diff_id, kind_of_ids())


def present(cache: Cache, diff_id: str) -> Path | None:
    """The layer, if the cache has it."""
    key = layer_name(diff_id)
    if not cache.has_layer(key):
        return None
    cache.touch_layer(key)
    return cache.layer_root(key)


def empty_layer(cache: Cache) -> Path:
    """What an image without layers stands on."""
    key = key_of("oci", "empty", kind_of_ids())
    if not cache.has_layer(key):
        with cache.staging() as staged:
            (staged / "layer" / "root").mkdir(parents=True)
            (staged / "layer" / "root").chmod(0o755)
            cache.publish_layer(key, staged / "layer", {"kind": "oci", "diff_id": ""})
    return cache.layer_root(key)


async def unpack(cache: Cache, archive: IO[bytes], diff_id: str, image: str) -> Path:
    """Unpack the archive (compressed or not) into the cache. ShoreError where it is not what its digest says, or must
    not be unpacked; the cache is as before then."""
    key = layer_name(diff_id)
    with cache.staging() as staged:
        root = staged / "layer" / "root"
        root.mkdir(parents=True)
        root.chmod(0o755)
        said = await _run(archive, root)
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
        return cache.publish_layer(key, staged / "layer", {"kind": "oci", "diff_id": diff_id, "bytes": said["bytes"]})


async def _run(archive: IO[bytes], root: Path) -> dict[str, Any]:
    """What the process that unpacks says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-P", "-m", "longshore.native.image.oci.unpack", str(root), kind_of_ids(),
        env={"PYTHONPATH": os.pathsep.join([_SOURCE, *_zstd_place()]), "LC_ALL": "C.UTF-8"},
        stdin=archive, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        output, trouble = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        said: dict[str, Any] = json.loads(output)
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
