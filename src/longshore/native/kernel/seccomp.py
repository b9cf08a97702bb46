"""The fake-ownership filter: calls that give files or processes to another user do nothing and succeed, so that
package managers and `chown` in a Dockerfile's RUN pass in a user namespace that has one single id.

The method is Charliecloud's (Priedhorsky, Jennings, Phinney: "Zero-consistency root emulation for unprivileged
container image build", 2024). What such a call pretends is not remembered: a file shows its real owner."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from longshore.native.kernel.bpf import ASK, Condition, Rule, assemble, errno_action, numbers

__all__ = ["Chown", "Identities", "asking_owners", "asking_users", "chown_of", "fake_ownership", "identities"]

_X86_64 = {
    "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "setuid": 105, "setgid": 106, "setreuid": 113,
    "setregid": 114, "setgroups": 116, "setresuid": 117, "setresgid": 119, "setfsuid": 122, "setfsgid": 123,
    "capset": 126, "mknod": 133, "mknodat": 259,
}  # fmt: skip
_AARCH64 = {
    "fchown": 55, "fchownat": 54, "setuid": 146, "setgid": 144, "setreuid": 145, "setregid": 143, "setgroups": 159,
    "setresuid": 147, "setresgid": 149, "setfsuid": 151, "setfsgid": 152, "capset": 91, "mknodat": 33,
}  # fmt: skip
_TABLES = {"x86_64": _X86_64, "aarch64": _AARCH64}
_IDENTITIES = {"setuid": 0, "setreuid": 1, "setresuid": 1, "setgid": 0, "setregid": 1, "setresgid": 1}
"""Which argument is the effective id that is wanted."""
_CHOWNS = {
    "chown": (None, 0, 1, 2, None),
    "lchown": (None, 0, 1, 2, None),
    "fchown": (0, None, 1, 2, None),
    "fchownat": (0, 1, 2, 3, 4),
}
"""Which arguments are the directory (or file) descriptor, the path, the user, the group and the flags."""
_AT_FDCWD, _AT_SYMLINK_NOFOLLOW = -100, 0x100
_DEVICES = {"mknod": 1, "mknodat": 2}
"""Which argument is the mode; only devices are pretended, a FIFO or a socket is really made."""
_DEVICE_BIT = 0o020000
"""Set in S_IFCHR and S_IFBLK, not in S_IFREG, S_IFIFO or S_IFSOCK (inode(7))."""


@cache
def fake_ownership() -> bytes:
    """The program for this machine's architecture; calls by another architecture's gate kill the process."""
    return _ownership(())


@cache
def asking_users() -> bytes:
    """The same, but calls that change who a process is are asked about (bpf.install_asking)."""
    return _ownership(tuple(_IDENTITIES))


@cache
def asking_owners() -> bytes:
    """The same, but calls that give files away are asked about."""
    return _ownership(tuple(_CHOWNS))


def _ownership(asked: tuple[str, ...]) -> bytes:
    table = _TABLES[os.uname().machine]
    pretend = errno_action(0)
    plain = [name for name in table if name not in _DEVICES and name not in asked]
    devices = [
        Rule(numbers(table, [name]), pretend, Condition(argument, "masked", _DEVICE_BIT))
        for name, argument in _DEVICES.items()
    ]
    return assemble([Rule(numbers(table, asked), ASK), Rule(numbers(table, plain), pretend), *devices])


class Identities(NamedTuple):
    """What a call asks for: `kind` "uid" or "gid", and the effective one that it wants; None for no change."""

    kind: str
    wanted: int | None


def identities(number: int, arguments: Sequence[int]) -> Identities | None:
    """What a call by this `number` asks for, if it is one of those that are asked about."""
    table = _TABLES[os.uname().machine]
    for name, place in _IDENTITIES.items():
        if table[name] == number:
            value = arguments[place] & 0xFFFFFFFF
            return Identities("gid" if "gid" in name else "uid", None if value == 0xFFFFFFFF else value)
    return None


class Chown(NamedTuple):
    """A call that gives a file away: relative to `directory`, or that itself where there is no `path` (an address in
    the process, 0 for none); `flags` are fchownat's. An id of 0xFFFFFFFF stays as it is."""

    directory: int
    path: int
    uid: int
    gid: int
    flags: int


def chown_of(number: int, arguments: Sequence[int]) -> Chown | None:
    """What a call by this `number` gives away, if it is one of those."""
    table = _TABLES[os.uname().machine]
    for name, (directory, path, uid, gid, flags) in _CHOWNS.items():
        if table.get(name) == number:
            return Chown(
                _AT_FDCWD if directory is None else _signed(arguments[directory]),
                0 if path is None else arguments[path],
                arguments[uid] & 0xFFFFFFFF,
                arguments[gid] & 0xFFFFFFFF,
                arguments[flags] & 0xFFFFFFFF if flags is not None else _AT_SYMLINK_NOFOLLOW * (name == "lchown"),
            )
    return None


def _signed(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value
