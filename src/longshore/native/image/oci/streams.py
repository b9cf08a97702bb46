"""What a layer is compressed by: gzip of several members, zstd of several frames, nothing."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

__all__ = ["Ahead", "Damaged", "decompressed", "zstd_module"]

CHUNK = 1 << 18
AHEAD = 8
"""Pieces that are decompressed before the reader wants them."""
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"


class Damaged(ValueError):
    """What is compressed is cut off or broken."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, limit: int, /) -> bytes: ...


def zstd_module() -> Any:
    """Python's own from 3.14 on, else its backport, which has the same interface."""
    import importlib

    try:
        return importlib.import_module("compression.zstd")
    except ImportError:
        return importlib.import_module("backports.zstd")


def decompressed(fd: int) -> Iterator[bytes]:
    """The content of a file, in pieces that stay small whatever a few bytes may stand for. What its first bytes say is
    believed, whatever a manifest says, as with Docker. Damaged where it breaks off."""
    head = os.read(fd, CHUNK)
    if head.startswith(GZIP):
        return _members(fd, head, _Gzip)
    if head.startswith(ZSTD):
        return _members(fd, head, zstd_module().ZstdDecompressor)
    return _plain(fd, head)


def _plain(fd: int, head: bytes) -> Iterator[bytes]:
    data = head
    while data:
        yield data
        data = os.read(fd, CHUNK)


def _members(fd: int, head: bytes, make: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """One member after the other; zeros that fill up the file are left out."""
    data, current = head, None
    try:
        while data or (data := os.read(fd, CHUNK)):
            if current is None:
                data = data.lstrip(b"\0")
                if not data:
                    continue
                current = make()
            yield from _pieces(current, data)
            data = b""
            if current.eof:
                data, current = current.unused_data, None
    except (zlib.error, EOFError, OSError) as error:
        raise Damaged(str(error)) from None
    except Exception as error:  # zstd's own
        if type(error).__name__ != "ZstdError":
            raise
        raise Damaged(str(error)) from None
    if current is not None:
        raise Damaged("it is cut off")


def _pieces(current: _Decompressor, data: bytes) -> Iterator[bytes]:
    while True:
        piece = current.decompress(data, CHUNK)
        if piece:
            yield piece
        if current.eof or current.needs_input:
            return
        data = b""


class _Gzip:
    """One gzip member, with the interface of zstd's decompressor."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, limit: int, /) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, limit)


class Ahead:
    """Decompresses and hashes in a thread beside the reader: half of the time of unpacking is zlib's."""

    def __init__(self, fd: int) -> None:
        self._pieces: queue.SimpleQueue[bytes | BaseException] = queue.SimpleQueue()
        self._room = threading.Semaphore(AHEAD)
        self._digest = hashlib.sha256()
        self._over = False
        threading.Thread(target=self._run, args=(fd,), daemon=True).start()

    def _run(self, fd: int) -> None:
        try:
            for piece in decompressed(fd):
                self._room.acquire()
                self._pieces.put(piece)
                self._digest.update(piece)
        except BaseException as error:
            self._pieces.put(error)
        self._pieces.put(b"")

    def more(self) -> bytes:
        """The next piece, b"" at the end. Damaged where it breaks off."""
        if self._over:
            return b""
        piece = self._pieces.get()
        self._room.release()
        if isinstance(piece, BaseException):
            self._over = True
            raise piece
        self._over = not piece
        return piece

    def digest(self) -> str:
        """Of all, once `more` has come to the end."""
        return f"sha256:{self._digest.hexdigest()}"
