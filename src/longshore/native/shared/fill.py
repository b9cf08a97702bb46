"""First use of a volume: an empty one is filled with what the image has at its place, when a container is made, as
Docker does. An image with nothing there leaves it as it is."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from contextlib import suppress
from itertools import islice
from pathlib import Path

from longshore.native.image.store.tree import LayerTree

__all__ = ["MANY", "copy_attributes", "fill", "has_many"]

MANY = 200
"""Files from which on a copy is not worth it, for a volume that one container has alone (inside/over.py)."""

_OVERLAYS = ("trusted.overlay.", "user.overlay.")
"""Attributes by which layers say what they hide: no part of what they show."""


def has_many(image: LayerTree, target: str) -> bool:
    """Whether there are so many files at `target` in the image."""
    files = (path for path, _, is_directory in image.walk(target) if not is_directory)
    return next(islice(files, MANY - 1, None), None) is not None


def fill(data: Path, image: LayerTree, target: str, *, owners: bool) -> None:
    """Fill the empty directory `data` from `target` in the image, with times, modes, and owners (when `owners`: an
    ordinary user's files are all the user's); of a directory with nothing in it, these alone. A copy that was broken
    off is not taken for whole. `data` itself stays: it may be mounted in another container."""
    with open(data.parent / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        draft, whole = data.parent / "_filling", data.parent / "_filled"
        if not whole.exists():
            if not data.is_dir() or any(data.iterdir()) or not image.is_dir(target):
                return
            shutil.rmtree(draft, ignore_errors=True)
            _copy(image, target, draft, owners)
            draft.rename(whole)
        _move_in(whole, data, owners)


def _move_in(whole: Path, data: Path, owners: bool) -> None:
    """Move a finished copy into its place, entry by entry; begun again after a break, it goes on."""
    for entry in whole.iterdir():
        if not os.path.lexists(data / entry.name):
            entry.rename(data / entry.name)
    copy_attributes(whole, data, owners)
    shutil.rmtree(whole)


def _copy(image: LayerTree, target: str, draft: Path, owners: bool) -> None:
    top = image.real(target)
    assert top is not None
    directories = [(Path(top), draft)]
    draft.mkdir()
    for path, real, is_directory in image.walk(target):
        place = draft / path
        if is_directory:
            place.mkdir()
            directories.append((Path(real), place))
        else:
            _copy_one(Path(real), place, owners)
    for source, place in reversed(directories):  # a directory's times change with what is put into it
        copy_attributes(source, place, owners)


def _copy_one(source: Path, place: Path, owners: bool) -> None:
    kind = source.lstat().st_mode
    if stat.S_ISLNK(kind):
        place.symlink_to(source.readlink())
        if owners:
            _own(source, place)
    elif stat.S_ISREG(kind):
        shutil.copyfile(source, place)
        copy_attributes(source, place, owners)
    elif stat.S_ISFIFO(kind):
        os.mkfifo(place)
        copy_attributes(source, place, owners)


def copy_attributes(source: Path, target: Path, owners: bool) -> None:
    """Mode, times and extended attributes of `source`, and its owner when `owners`."""
    found = source.stat()
    if owners:
        _own(source, target)
    with suppress(OSError):
        for name in os.listxattr(source):
            if not name.startswith(_OVERLAYS):
                os.setxattr(target, name, os.getxattr(source, name))
    with suppress(OSError):
        target.chmod(stat.S_IMODE(found.st_mode))
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _own(source: Path, target: Path) -> None:
    found = source.lstat()
    os.chown(target, found.st_uid, found.st_gid, follow_symlinks=False)
