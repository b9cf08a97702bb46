"""A step that is carried out again although its layer is there: whether something else came out of it."""

# strings throughout, not Path: trees of many thousand files go through here
# ruff: noqa: PTH115, PTH118, PTH208
from __future__ import annotations

import filecmp
import os
import stat
from pathlib import Path

__all__ = ["CLOCK_LAG", "same_outcome"]

CLOCK_LAG = 20_000_000
"""Nanoseconds that a file's time may be behind the clock which was read before the file was written."""
_OVERLAY = ("trusted.overlay.", "user.overlay.")


def same_outcome(old: Path, old_began: int, new: Path, new_began: int) -> bool:
    """Whether two carryings out of one step, begun at these times (nanoseconds), came to the same: all that a layer
    tells, but for the dates of what each of them wrote itself."""
    try:
        return _same_directory(str(old), str(new), _Times(old_began, new_began))
    except OSError:  # what its owner may not read is no reason to give up
        return False


class _Times:
    """Tells dates that say when a step ran from those that it gave."""

    def __init__(self, old_began: int, new_began: int) -> None:
        self._old, self._new = old_began - CLOCK_LAG, new_began - CLOCK_LAG
        self.links: dict[tuple[int, int], tuple[int, int]] = {}
        """Which file of the one is which of the other, for files of several names."""

    def alike(self, old: os.stat_result, new: os.stat_result) -> bool:
        if old.st_mtime_ns == new.st_mtime_ns:
            return True
        return old.st_mtime_ns >= self._old and new.st_mtime_ns >= self._new

    def linked(self, old: os.stat_result, new: os.stat_result) -> bool:
        if old.st_nlink == 1 or not stat.S_ISREG(old.st_mode):
            return True
        return self.links.setdefault((old.st_dev, old.st_ino), (new.st_dev, new.st_ino)) == (new.st_dev, new.st_ino)


def _same_directory(old: str, new: str, times: _Times) -> bool:
    names = sorted(os.listdir(old))
    if names != sorted(os.listdir(new)) or _attributes(old) != _attributes(new):
        return False
    return all(_same(os.path.join(old, name), os.path.join(new, name), times) for name in names)


def _same(old: str, new: str, times: _Times) -> bool:
    one, other = os.lstat(old), os.lstat(new)
    if _told(one) != _told(other) or not times.alike(one, other) or not times.linked(one, other):
        return False
    if stat.S_ISDIR(one.st_mode):
        return _same_directory(old, new, times)
    if stat.S_ISLNK(one.st_mode):
        return os.readlink(old) == os.readlink(new)
    if not stat.S_ISREG(one.st_mode):
        return True
    return one.st_size == other.st_size and _attributes(old) == _attributes(new) and filecmp.cmp(old, new, False)


def _told(info: os.stat_result) -> tuple[int, ...]:
    names = info.st_nlink if stat.S_ISREG(info.st_mode) else 0  # an overlay's whiteouts are all one file
    return info.st_mode, info.st_uid, info.st_gid, info.st_rdev, names


def _attributes(path: str) -> dict[str, bytes]:
    """But for what the overlay writes down for itself."""
    names = os.listxattr(path, follow_symlinks=False)
    wanted = [name for name in names if not name.startswith(_OVERLAY) or name.endswith(".opaque")]
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in wanted}
