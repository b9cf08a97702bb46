"""User namespaces with a single-id map: all that an ordinary user may make without help."""

from __future__ import annotations

import os
from pathlib import Path

from longshore.native.kernel.syscalls import CLONE_NEWUSER, unshare

__all__ = ["enter_user_namespace", "is_root"]


def is_root() -> bool:
    """Whether this process is real root: uid 0 in the machine's first user namespace, or in one with a whole map."""
    if os.geteuid() != 0:
        return False
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()]
    return sum(int(count) for _, _, count in ranges) > 65535


def enter_user_namespace(uid: int = 0, gid: int = 0) -> None:
    """Move this (single-threaded) process to a new user namespace where its own user and group appear as `uid` and
    `gid`. It holds every capability there, over that namespace only."""
    own_uid, own_gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {own_uid} 1")
    _write("/proc/self/gid_map", f"{gid} {own_gid} 1")


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode("ascii"))
    finally:
        os.close(fd)
