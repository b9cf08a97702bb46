"""Files of a container as tar archives, by the engine's own calls: it need not run, and needs no tar."""

from __future__ import annotations

import base64
import json
import posixpath
from collections.abc import AsyncIterator, Mapping
from typing import IO, Any

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError
from longshore.model.errors import ShoreError
from longshore.state.observed import Container

__all__ = ["export", "kind", "led_to", "pack", "unpack"]

CHUNK = 1 << 20
FOLDER, LINK = 1 << 31, 1 << 27
"""Bits of a mode as Go writes it."""


async def kind(api: Api, container: Container, path: str) -> str:
    """What is at a path: "folder", "file", or "" for nothing; a link is what it leads to."""
    found = await _stat(api, container, path)
    if found and found["mode"] & LINK:
        found = await _stat(api, container, _target(path, found)) or found
    if not found:
        return ""
    return "folder" if found["mode"] & FOLDER else "file"


async def led_to(api: Api, container: Container, path: str) -> str:
    """Where the link at a path leads; the path itself where there is none."""
    found = await _stat(api, container, path)
    return _target(path, found) if found and found["mode"] & LINK else path


def _target(path: str, found: Mapping[str, Any]) -> str:
    return posixpath.join(posixpath.dirname(path.rstrip("/")), found["linkTarget"])


async def _stat(api: Api, container: Container, path: str) -> Any:
    try:
        async with await api.stream("HEAD", f"/containers/{container.id}/archive", query={"path": path}) as reply:
            text = reply.headers["x-docker-container-path-stat"]
    except ApiError as error:
        if error.status == 404:
            return None
        raise
    return json.loads(base64.b64decode(text))


async def pack(api: Api, container: Container, path: str, file: IO[bytes], *, follow: bool) -> None:
    path = await led_to(api, container, path) if follow else path
    async with await api.stream("GET", f"/containers/{container.id}/archive", query={"path": path}) as reply:
        await reply.save(file)


async def export(api: Api, container: Container, file: IO[bytes]) -> None:
    """The whole file system."""
    async with await api.stream("GET", f"/containers/{container.id}/export") as reply:
        await reply.save(file)


async def unpack(api: Api, container: Container, folder: str, file: IO[bytes], *, owners: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        while chunk := file.read(CHUNK):
            yield chunk

    query = {"path": folder, "noOverwriteDirNonDir": True, "copyUIDGID": owners or None}
    try:
        await api.put(f"/containers/{container.id}/archive", chunks(), **query)
    except ApiError as error:
        if error.status == 404:
            raise ShoreError(f"{container.service}: there is no folder {folder}", hint="make it first") from error
        raise ShoreError(f"{container.service}: {error.what}", hint=error.hint) from error
