"""Large files that another layer of the cache has at the same place, the same in every way, are on disk once: versions
of a server or a language differ in some files, and bring the same libraries.

Only what lies at the same place is shared. Where two layers are in one image, the upper one's file hides the lower's:
so nobody in a container ever finds one file under two names. Small ones are left alone, as they save nothing, and as
cron, for one, refuses a table that has more than one link."""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["LEAST", "share"]

LEAST = 1 << 16
"""Bytes of a file that is worth a look."""


def share(root: Path, others: Iterable[Path]) -> int:
    """Make files of `root`, a layer that is in nobody's use yet, links to those of `others`, which are published
    layers' roots; the bytes that this saves. What cannot be compared or linked stays as it is."""
    saved = 0
    where = {"": [str(other) for other in others if other != root]}
    for folder, below, names in os.walk(root):
        place = os.path.relpath(folder, root).removeprefix(".")
        found = where.pop(place)
        if not found:
            below.clear()
            continue
        for name in below:
            inside = f"{place}/{name}".lstrip("/")
            where[inside] = [other for other in found if _is_directory(f"{other}/{inside}")]
        for name in names:
            with suppress(OSError):
                saved += _shared(f"{folder}/{name}", (f"{other}/{place}/{name}" for other in found))
    return saved


def _is_directory(path: str) -> bool:
    """Not a link to one: whatever leads out of a layer is not followed."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _shared(path: str, others: Iterator[str]) -> int:
    """The bytes saved by linking this file, 0 where no other is the same."""
    info = os.lstat(path)
    if not stat.S_ISREG(info.st_mode) or info.st_size < LEAST or info.st_nlink > 1:
        return 0
    for other in others:
        with suppress(OSError):
            if _same(path, info, other):
                _link(path, other)
                return info.st_size
    return 0


def _same(path: str, info: os.stat_result, other: str) -> bool:
    there = os.lstat(other)
    if _told(there) != _told(info) or _attributes(other) != _attributes(path):
        return False
    return filecmp.cmp(path, other, shallow=False)


def _told(info: os.stat_result) -> tuple[int, ...]:
    return info.st_dev, info.st_mode, info.st_uid, info.st_gid, info.st_size, info.st_mtime_ns


def _attributes(path: str) -> dict[str, bytes]:
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path, follow_symlinks=False)}


def _link(path: str, other: str) -> None:
    """In one step, and the directory keeps its time."""
    folder = Path(path).parent
    info, draft = folder.lstat(), folder / f".{os.urandom(8).hex()}"
    try:
        os.link(other, draft, follow_symlinks=False)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
        os.utime(folder, ns=(info.st_atime_ns, info.st_mtime_ns))
