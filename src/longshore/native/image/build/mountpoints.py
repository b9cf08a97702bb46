"""What mounting leaves in a layer: the places that were made for mounts, and the directories above them that the
overlay copied up. A step's layer holds neither, as with BuildKit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from longshore.native.image.store.tree import LayerTree, is_opaque

__all__ = ["remove_mount_points"]

_ALWAYS = ("/dev", "/proc", "/sys")


def remove_mount_points(layer: Path, below: LayerTree, targets: Iterable[str]) -> None:
    """Take the mounts' places out of the new `layer` on the layers `below`, and what is above them where it is empty
    and nothing about it has changed."""
    places = [PurePosixPath(below.resolve(target)) for target in (*_ALWAYS, *targets)]
    above = {path for place in places for path in (place, *place.parents) if path.name}
    for path in sorted(above, key=lambda path: len(path.parts), reverse=True):
        place, before = layer / str(path).lstrip("/"), below.real(str(path), last=False)
        try:
            now = place.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(now.st_mode):
            _remove_directory(place, now, before)
        elif before is None and stat.S_ISREG(now.st_mode) and now.st_size == 0:
            place.unlink()


def _remove_directory(place: Path, now: os.stat_result, before: str | None) -> None:
    if any(place.iterdir()) or is_opaque(str(place)):
        return
    was = os.lstat(before) if before else now
    if (was.st_mode, was.st_uid, was.st_gid) == (now.st_mode, now.st_uid, now.st_gid):
        place.rmdir()
