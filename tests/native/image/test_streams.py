"""Decompression of layers: several members, cut off, damaged, and bombs. Pure, but for a file in memory."""

from __future__ import annotations

import gzip
import hashlib
import os
import random

import pytest

from longshore.native.image.oci.streams import CHUNK, Ahead, Damaged, decompressed, zstd_module

CONTENT = random.Random(4).randbytes(700_000) + bytes(500_000)


def _fd(data: bytes) -> int:
    fd = os.memfd_create("layer")
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _all(ahead: Ahead) -> bytes:
    return b"".join(iter(ahead.more, b""))


def _zstd(data: bytes) -> bytes:
    return bytes(zstd_module().compress(data))


@pytest.mark.parametrize(
    "packed",
    [
        CONTENT,
        gzip.compress(CONTENT),
        gzip.compress(CONTENT[:300_000]) + gzip.compress(CONTENT[300_000:]),
        gzip.compress(CONTENT) + bytes(4096),
        _zstd(CONTENT),
        _zstd(CONTENT[:300_000]) + _zstd(CONTENT[300_000:]),
    ],
    ids=["plain", "gzip", "two members", "filled up", "zstd", "two frames"],
)
def test_the_content_comes_out_whole(packed: bytes) -> None:
    fd = _fd(packed)
    ahead = Ahead(fd)
    found = _all(ahead)
    os.close(fd)
    assert found == CONTENT
    assert ahead.digest() == f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    assert ahead.more() == b""


@pytest.mark.parametrize("pack", [gzip.compress, _zstd])
@pytest.mark.parametrize("left", [5, 1000, -1])
def test_what_is_cut_off_or_damaged_is_said_to_be(pack: object, left: int) -> None:
    packed = pack(CONTENT)  # type: ignore[operator]
    fd = _fd(packed[:left])
    ahead = Ahead(fd)
    with pytest.raises(Damaged):
        _all(ahead)
    os.close(fd)
    broken = bytearray(packed)
    broken[200] ^= 0xFF
    fd = _fd(bytes(broken) + b"garbage")
    with pytest.raises(Damaged):
        list(decompressed(fd))
    os.close(fd)


@pytest.mark.parametrize("pack", [gzip.compress, _zstd])
def test_few_bytes_that_stand_for_many_come_in_small_pieces(pack: object) -> None:
    fd = _fd(pack(bytes(64 << 20)))  # type: ignore[operator]
    assert max(len(piece) for piece in decompressed(fd)) <= CHUNK
    os.close(fd)
