"""Blobs to files: three at once in a whole command, verified, and from where the last try stopped."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO

from longshore.engine.http.exchange import Reply
from longshore.engine.registry.client import TRIES, Client, pieces
from longshore.engine.registry.errors import Broken, RegistryError, denied, refusal, unreachable
from longshore.engine.registry.manifests import Descriptor
from longshore.engine.registry.settings import Target

__all__ = ["AT_ONCE", "Downloads"]

AT_ONCE = 3
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(?:\d+|\*)\Z")
Progress = Callable[[int], None]
"""Told how many bytes are there."""


class Downloads:
    """All downloads of one command."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, target: Target, blob: Descriptor, path: Path, image: str, progress: Progress) -> None:
        """Make the file at `path` the whole blob, going on from the bytes that are in it. Nobody else may write there
        meanwhile. RegistryError where it cannot be had; what came stays for the next try, but for what is not the blob
        at all."""
        async with self._slots:
            with path.open("a+b") as file:
                part = await asyncio.to_thread(_Part.of, file, blob, progress)
                await self._fill(target, part, image)
            if part.digest != blob.digest:
                path.unlink()
                raise RegistryError(
                    f"{target.name} gives other content for {image} than its digest says ({blob.digest[:19]}…)",
                    hint="it, or a proxy in between, is broken or hostile; nothing of it is used",
                )

    async def _fill(self, target: Target, part: _Part, image: str) -> None:
        failures = 0
        while part.lacks:
            before = part.size
            try:
                await self._go_on(target, part, image)
            except Broken as error:
                failures = 0 if part.size > before else failures + 1
                if failures >= TRIES:
                    raise unreachable(target.name, str(error)) from None
                await self._client.pause(0.25 * 2**failures)

    async def _go_on(self, target: Target, part: _Part, image: str) -> None:
        headers = {"Range": f"bytes={part.size}-"} if part.size else {}
        async with self._client.request("GET", target, f"/blobs/{part.blob.digest}", headers) as reply:
            if reply.status in (401, 403):
                raise denied(target.name, image, "")
            if reply.status == 200:
                part.restart()  # it takes no ranges, and gives all from the beginning
            elif reply.status == 416 or (reply.status == 206 and _begins(reply) != part.size):
                part.restart()
                raise Broken("it goes on elsewhere than it was asked to")
            elif reply.status != 206:
                raise refusal(target.name, image, reply.status, b"")
            async for piece in pieces(reply):
                if not part.add(piece):
                    what = f"{target.name} gives more of {image} than its manifest says"
                    raise RegistryError(what, hint="it, or a proxy in between, is broken or hostile")
        if part.lacks:
            raise Broken(f"only {part.size} of {part.blob.size} bytes came")


class _Part:
    """What is there of a blob."""

    def __init__(self, file: IO[bytes], blob: Descriptor, progress: Progress) -> None:
        self._file, self.blob, self._progress = file, blob, progress
        self.restart(keep=True)

    @classmethod
    def of(cls, file: IO[bytes], blob: Descriptor, progress: Progress) -> _Part:
        """With what earlier tries left; read once more, for only its digest says that it is right."""
        part = cls(file, blob, progress)
        file.seek(0)
        while piece := file.read(1 << 20):
            part._hash.update(piece)
            part.size += len(piece)
        if part.size > blob.size:
            part.restart()
        progress(part.size)
        return part

    @property
    def lacks(self) -> bool:
        return self.size < self.blob.size

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def restart(self, *, keep: bool = False) -> None:
        self.size, self._hash = 0, hashlib.sha256()
        if not keep:
            self._file.truncate(0)

    def add(self, piece: bytes) -> bool:
        """False, and nothing is kept, where it would be more than the blob has."""
        if self.size + len(piece) > self.blob.size:
            self.restart()
            return False
        self._file.write(piece)
        self._hash.update(piece)
        self.size += len(piece)
        self._progress(self.size)
        return True


def _begins(reply: Reply) -> int:
    """Where a partial answer begins; -1 where it does not say so."""
    match = _RANGE.match(reply.headers.get("content-range", ""))
    return int(match[1]) if match else -1
