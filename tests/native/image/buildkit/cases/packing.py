"""Archives for the cases: made in memory, equal each time."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Sequence

from tests.native.image.buildkit.case import DATE

__all__ = ["PLAIN", "ZSTD_PLAIN", "ZSTD_TAR", "bzipped", "entry", "gzipped", "tar", "xzipped"]

PLAIN = b"insert into t values (1);\n"
"""A file that somebody compressed by itself: no archive."""
ZSTD_TAR = bytes.fromhex(
    "28b52ffd04682d0200e2c30b11b0a903675d776592a325dc216e9a445c06052855eb379d54ab3d140dc1ef5fae982378cb7de0fdcc7f93a548d50"
    "20720701ff7852f7314e2cfc1920fbb644e2e0e2ff42773"
)
"""A tar archive of zst.txt ("zstd\\n", mode 640, owner 7:8), compressed by zstd, for which Python has no library."""
ZSTD_PLAIN = bytes.fromhex("28b52ffd0468290000736565640a72bdf531")

NULL = (1, 3)
"""The numbers that an entry has if it is a device: those of /dev/null."""
Packed = tuple[tarfile.TarInfo, bytes]


def entry(
    name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, mode: int = 0o644,
    owner: tuple[int, int] = (0, 0), link: str = "", date: int = DATE,
) -> Packed:  # fmt: skip
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.mtime = kind, mode, link, date
    info.uid, info.gid = owner
    info.size = len(content)
    info.devmajor, info.devminor = NULL
    return info, content


def tar(entries: Sequence[Packed], form: int = tarfile.USTAR_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def bzipped(content: bytes) -> bytes:
    return bz2.compress(content)


def xzipped(content: bytes) -> bytes:
    return lzma.compress(content)
