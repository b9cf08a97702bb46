"""Images as others look into them: saved as `docker save` does it, and taken apart."""

from __future__ import annotations

import asyncio
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

from longshore.docker.api.calls import Api
from longshore.docker.image.presence import address
from longshore.engine.capabilities import Contents, Layer
from longshore.model.errors import ShoreError

__all__ = ["contents"]


async def contents(api: Api, reference: str, base: str, folder: str) -> Contents:
    """Of the image of that name; its layers become files of `folder`. Raises ShoreError where the engine has none."""
    place = address(reference)
    found = await api.find(f"{place}/json")
    if found is None:
        raise ShoreError(f"the image {reference} is not there", hint="build it: shore build")
    below = await api.find(f"{address(base)}/json") if base else None
    known = frozenset(((below or {}).get("RootFS") or {}).get("Layers") or ())
    texts = [f"ENV {word}" for word in (found.get("Config") or {}).get("Env") or ()]
    history = await api.get(f"{place}/history")
    texts += [str(one.get("CreatedBy") or "") for one in history]
    whole = Path(folder, "image.tar")
    with whole.open("wb") as file:
        async with await api.stream("GET", f"{place}/get") as reply:
            await reply.save(file)
    layers = await asyncio.to_thread(_unpack, whole, folder, known)
    whole.unlink()
    return Contents(tuple(texts), layers, int(found.get("Size") or 0))


def _unpack(whole: Path, folder: str, known: frozenset[str]) -> tuple[Layer, ...]:
    """The layers of a saved image, each an archive of its own, without those that are `known`."""
    with tarfile.open(whole) as archive:
        manifest: list[dict[str, Any]] = json.loads(_member(archive, "manifest.json"))
        config: dict[str, Any] = json.loads(_member(archive, manifest[0]["Config"]))
        found: list[Layer] = []
        for id_, name in zip(config["rootfs"]["diff_ids"], manifest[0]["Layers"], strict=True):
            member = archive.extractfile(name)
            if id_ in known or member is None:
                continue
            path = Path(folder, id_.replace(":", "-") + ".tar")
            with path.open("wb") as file:
                shutil.copyfileobj(member, file)
            found.append(Layer(id_, str(path)))
    return tuple(found)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    assert member
    return member.read()
