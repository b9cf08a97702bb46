"""Whose a file should be, and with which mode, where it cannot be that: an ordinary user's files have one owner. It is
written into an extended attribute, by the name and in the form that containers/storage has for it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

__all__ = ["OVERRIDE", "note_owner", "noted_owner", "wished"]

OVERRIDE = "user.containers.override_stat"


def note_owner(where: int | str | bytes, uid: int, gid: int, mode: int) -> None:
    """`mode` with the bits that say what kind of file it is. A link or a pipe, and a file system without attributes,
    can keep no note."""
    with suppress(OSError):
        os.setxattr(where, OVERRIDE, f"{uid}:{gid}:0{mode:o}".encode())


def noted_owner(path: str, *, follow: bool = False) -> tuple[int, int, int] | None:
    """uid, gid and permissions; None where nothing is written down. Of what a link leads to where `follow` says so."""
    with suppress(OSError, ValueError):
        uid, gid, mode = os.getxattr(path, OVERRIDE, follow_symlinks=follow).split(b":")[:3]
        return int(uid), int(gid), int(mode, 8) & 0o7777
    return None


def wished(path: str, mode: int, *, follow: bool = False) -> tuple[int, int, int]:
    """Whose a file of an ordinary user's should be, and its permissions; `mode` is the real one, with its kind. Without
    a note it is root's. A `chmod` after the note counts."""
    real = stat.S_IMODE(mode)
    uid, gid, noted = noted_owner(path, follow=follow) or (0, 0, real)
    opened = 0o500 if stat.S_ISDIR(mode) else 0  # its owner is to look into it
    return uid, gid, noted if (noted & 0o1777 | opened) == (real & 0o1777 | opened) else real
