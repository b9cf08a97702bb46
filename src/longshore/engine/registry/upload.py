"""Images to a registry: blobs that it has are not sent, and its manifest comes last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urljoin

from longshore.engine.registry.client import MOST_ERROR, PUSH, TRIES, Client, read_at_most
from longshore.engine.registry.download import AT_ONCE
from longshore.engine.registry.errors import Broken, denied, message_in, refusal, unreachable
from longshore.engine.registry.manifests import Descriptor
from longshore.engine.registry.settings import Target
from longshore.engine.registry.transport import CHUNK

__all__ = ["Uploads"]

Content = Path | bytes
Sent = Callable[[int], None]
"""Told how many bytes of a blob are there."""


class Uploads:
    """All uploads of one command to one repository."""

    def __init__(self, client: Client, target: Target, image: str) -> None:
        self._client, self._target, self._image = client, target, image
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def has(self, digest: str) -> bool:
        """Whether the repository has the blob."""
        path = f"/blobs/{digest}"
        async with self._client.request("HEAD", self._target, path, actions=PUSH) as reply:
            if reply.status in (401, 403):
                raise denied(self._target.name, self._image, "it may not be written to")
            return reply.status == 200

    async def blob(self, blob: Descriptor, content: Content, sent: Sent) -> None:
        """Send it, unless it is there. RegistryError where it is not taken."""
        async with self._slots:
            if not await self.has(blob.digest):
                await self._send(blob, content, sent)
            sent(blob.size)

    async def _send(self, blob: Descriptor, content: Content, sent: Sent) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                await self._once(blob, content, sent)
                return
            except Broken as error:
                if attempt == TRIES:
                    raise unreachable(self._target.name, str(error)) from None
            await self._client.pause(0.5 * 2**attempt)

    async def _once(self, blob: Descriptor, content: Content, sent: Sent) -> None:
        """One session: ask where to, then all bytes in one request."""
        empty = {"Content-Length": "0"}
        async with self._client.request(
            "POST", self._target, "/blobs/uploads/", empty, body=b"", actions=PUSH
        ) as reply:
            body = await read_at_most(reply, MOST_ERROR, self._target.name)
            if reply.status in (401, 403):
                raise denied(self._target.name, self._image, message_in(body))
            if reply.status != 202 or "location" not in reply.headers:
                raise refusal(self._target.name, self._image, reply.status, body)
            place = urljoin(self._client.address(self._target), reply.headers["location"])
        url = f"{place}{'&' if '?' in place else '?'}digest={blob.digest}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(blob.size)}
        data = content if isinstance(content, bytes) else _pieces(content, sent)
        async with self._client.request("PUT", self._target, url, headers, body=data, tries=1, actions=PUSH) as reply:
            body = await read_at_most(reply, MOST_ERROR, self._target.name)
            if reply.status != 201:
                raise refusal(self._target.name, self._image, reply.status, body)

    async def manifest(self, version: str, media: str, body: bytes) -> None:
        """Name what was sent. RegistryError where the registry does not agree."""
        headers = {"Content-Type": media, "Content-Length": str(len(body))}
        async with self._client.request(
            "PUT", self._target, f"/manifests/{version}", headers, body=body, actions=PUSH
        ) as reply:
            said = await read_at_most(reply, MOST_ERROR, self._target.name)
            if reply.status in (401, 403):
                raise denied(self._target.name, self._image, message_in(said))
            if reply.status not in (200, 201):
                raise refusal(self._target.name, self._image, reply.status, said)


async def _pieces(path: Path, sent: Sent) -> AsyncIterator[bytes]:
    there = 0
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece
            there += len(piece)
            sent(there)
