"""Whose a file should be, and with which mode, where it cannot be that: an ordinary user's files have one owner. It is
written into an extended attribute, by the name and in the form that containers/storage has for it."""

from __future__ import annotations

import os
from contextlib import suppress

__all__ = ["OVERRIDE", "note_owner", "noted_owner"]

OVERRIDE = "user.containers.override_stat"


def note_owner(where: int | str | bytes, uid: int, gid: int, mode: int) -> None:
    """`mode` with the bits that say what kind of file it is. A link or a pipe, and a file system without attributes,
    can keep no note."""
    with suppress(OSError):
        os.setxattr(where, OVERRIDE, f"{uid}:{gid}:0{mode:o}".encode())


def noted_owner(path: str) -> tuple[int, int, int] | None:
    """uid, gid and permissions; None where nothing is written down. Not of what a link leads to."""
    with suppress(OSError, ValueError):
        uid, gid, mode = os.getxattr(path, OVERRIDE, follow_symlinks=False).split(b":")[:3]
        return int(uid), int(gid), int(mode, 8) & 0o7777
    return None
