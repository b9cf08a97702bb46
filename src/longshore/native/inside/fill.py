"""First use of a volume: an empty one is filled from the image's path, with owners and modes, as Docker does."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["Owner", "copy_attributes", "copy_tree", "fill"]

Owner = tuple[int, int] | None
"""uid and gid; None where ownership cannot be given (an ordinary user's files are all the user's)."""


def fill(data: Path, image: Path, owner: Owner) -> None:
    """Fill the empty directory `data` from `image`; a copy that was broken off is not taken for whole. Where the image
    has nothing, the directory is given to `owner`. `data` itself stays: it may be mounted in another container."""
    with open(data.parent / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        draft, whole = data.parent / "_filling", data.parent / "_filled"
        if not whole.exists():
            if not data.is_dir() or any(data.iterdir()):
                return
            if not image.is_dir():
                if owner:
                    os.chown(data, *owner)
                return
            shutil.rmtree(draft, ignore_errors=True)
            copy_tree(image, draft, owner is not None)
            draft.rename(whole)
        _move_in(whole, data, owner is not None)


def _move_in(whole: Path, data: Path, owners: bool) -> None:
    """Move a finished copy into its place, entry by entry; begun again after a break, it goes on."""
    for entry in whole.iterdir():
        if not os.path.lexists(data / entry.name):
            entry.rename(data / entry.name)
    copy_attributes(whole, data, owners)
    shutil.rmtree(whole)


def copy_tree(source: Path, target: Path, owners: bool) -> None:
    """Copy directories, files, links and pipes with modes and times, and with owners when `owners`."""
    target.mkdir()
    for entry in os.scandir(source):
        place = target / entry.name
        if entry.is_symlink():
            place.symlink_to(Path(entry.path).readlink())
            if owners:
                _own(Path(entry.path), place)
        elif entry.is_dir():
            copy_tree(Path(entry.path), place, owners)
        elif entry.is_file():
            shutil.copyfile(entry.path, place)
            copy_attributes(Path(entry.path), place, owners)
        elif stat.S_ISFIFO(entry.stat().st_mode):
            os.mkfifo(place)
            copy_attributes(Path(entry.path), place, owners)
    copy_attributes(source, target, owners)


def copy_attributes(source: Path, target: Path, owners: bool) -> None:
    """Mode and times of `source`, and its owner when `owners`."""
    if owners:
        _own(source, target)
    with suppress(OSError):
        shutil.copystat(source, target)


def _own(source: Path, target: Path) -> None:
    found = source.lstat()
    os.chown(target, found.st_uid, found.st_gid, follow_symlinks=False)
