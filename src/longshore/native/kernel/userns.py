"""User namespaces of an ordinary user: with its own id alone, which needs nobody's help, or with the subordinate ids
that an administrator has given it, which newuidmap(1) and newgidmap(1) map."""

from __future__ import annotations

import os

from longshore.native.kernel import privileges
from longshore.native.kernel.subids import Shares, shares_of
from longshore.native.kernel.syscalls import CLONE_NEWUSER, unshare

__all__ = ["enter_mapped_namespace", "enter_user_namespace"]


def enter_user_namespace(uid: int = 0, gid: int = 0) -> None:
    """Move this (single-threaded) process to a new user namespace where its own user and group appear as `uid` and
    `gid`. It holds every capability there, over that namespace only."""
    own_uid, own_gid = os.geteuid(), os.getegid()
    _leave()
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {own_uid} 1")
    _write("/proc/self/gid_map", f"{gid} {own_gid} 1")


def enter_mapped_namespace() -> None:
    """Move this (single-threaded) process to a new user namespace of 65,536 ids: its own user and group are 0, those
    above are its subordinate ids. OSError says what is missing."""
    shares = shares_of(os.geteuid())
    if shares is None:
        raise OSError(0, "this user has too few subordinate ids")
    wait, go = os.pipe()
    helper = os.fork()
    if helper == 0:
        _map(os.getppid(), shares, wait, go)
    os.close(wait)
    try:
        _leave()
        os.write(go, b"g")
    finally:
        os.close(go)
        code = os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1])
    if code:
        raise OSError(0, "newuidmap or newgidmap cannot map this user's subordinate ids")


def _map(pid: int, shares: Shares, wait: int, go: int) -> None:
    """In the helper, which stays outside: map ids for `pid` once it is in. Never returns."""
    code = 1
    try:
        os.close(go)
        if os.read(wait, 1):
            code = _run("newuidmap", pid, shares.uids) or _run("newgidmap", pid, shares.gids)
    finally:
        os._exit(code)


def _run(program: str, pid: int, lines: tuple[tuple[int, int, int], ...]) -> int:
    """Its exit code."""
    words = [program, str(pid), *(str(number) for line in lines for number in line)]
    return os.waitstatus_to_exitcode(os.waitpid(os.posix_spawnp(program, words, os.environ), 0)[1])


def _leave() -> None:
    unshare(CLONE_NEWUSER)
    privileges.let_go()


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode("ascii"))
    finally:
        os.close(fd)
