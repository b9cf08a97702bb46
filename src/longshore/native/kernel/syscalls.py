"""System calls that Python does not offer, through the C library. A failure is an OSError that says what was tried."""

from __future__ import annotations

import ctypes
import os
import signal
from functools import cache

__all__ = [
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "CLONE_PARENT",
    "MNT_DETACH",
    "MS_BIND",
    "MS_NODEV",
    "MS_NOEXEC",
    "MS_NOSUID",
    "MS_PRIVATE",
    "MS_RDONLY",
    "MS_REC",
    "MS_REMOUNT",
    "MS_SLAVE",
    "become_session_terminal",
    "call",
    "clone",
    "close_from",
    "death_signal",
    "keep_no_new_privileges",
    "mount",
    "number",
    "open_in_root",
    "pivot_root",
    "prctl",
    "set_dumpable",
    "set_mount_attributes",
    "setdomainname",
    "sethostname",
    "setns",
    "umount",
    "unshare",
]  # fmt: skip

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_PARENT = 0x00008000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE, MS_SLAVE = 4096, 16384, 1 << 18, 1 << 19
MNT_DETACH = 2

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_AT_RECURSIVE, _AT_FDCWD = 0x8000, -100
_TIOCSCTTY = 0x540E
_OPENAT2, _RESOLVE_IN_ROOT = 437, 0x10

_NUMBERS = {
    "x86_64": {"clone": 56, "pivot_root": 155, "mount_setattr": 442, "close_range": 436, "capset": 126},
    "aarch64": {"clone": 220, "pivot_root": 41, "mount_setattr": 442, "close_range": 436, "capset": 91},
}


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@cache
def _libc_with_gil() -> ctypes.PyDLL:
    """The same library, called without letting go of the interpreter's lock: a fork must not lose it."""
    return ctypes.PyDLL(None, use_errno=True)


def number(name: str) -> int:
    """The number of a system call on this machine's architecture."""
    machine = os.uname().machine
    if machine not in _NUMBERS:
        raise OSError(0, f"the native engine knows x86_64 and aarch64, not {machine}")
    return _NUMBERS[machine][name]


def _check(result: int, tried: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{tried}: {os.strerror(code)}")
    return result


def _bytes(value: str | os.PathLike[str] | None) -> bytes | None:
    return None if value is None else os.fsencode(value)


def clone(flags: int) -> int:
    """fork() with namespaces: 0 in the child, the child's pid in the parent. The caller must be single-threaded.

    With CLONE_PARENT the child belongs to the caller's own parent."""
    api = ctypes.pythonapi
    api.PyOS_BeforeFork()
    pid = _libc_with_gil().syscall(number("clone"), ctypes.c_ulong(flags | signal.SIGCHLD), 0, 0, 0, 0)
    if pid == 0:
        api.PyOS_AfterFork_Child()
        return 0
    api.PyOS_AfterFork_Parent()
    return _check(pid, f"clone with flags {flags:#x}")


def call(tried: str, call_number: int, *arguments: object) -> int:
    """Any system call by its number; OSError says that `tried` failed."""
    return _check(_libc().syscall(call_number, *arguments), tried)


def unshare(flags: int) -> None:
    _check(_libc().unshare(flags), f"unshare {flags:#x}")


def setns(fd: int, kind: int = 0) -> None:
    """Enter the namespaces of `kind` that `fd` (a namespace file or a pidfd) stands for."""
    _check(_libc().setns(fd, kind), f"setns {kind:#x}")


def mount(
    source: str | os.PathLike[str] | None,
    target: str | os.PathLike[str],
    kind: str | None = None,
    flags: int = 0,
    data: str | None = None,
) -> None:
    result = _libc().mount(_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags), _bytes(data))
    _check(result, f"mount {kind or 'bind'} {source or ''} on {target}")


class _MountAttributes(ctypes.Structure):
    _fields_ = [
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    ]


def set_mount_attributes(target: str | os.PathLike[str], flags: int, *, recursive: bool = True) -> None:
    """Add MS_RDONLY, MS_NOSUID, MS_NODEV or MS_NOEXEC to a mount and to those below it (Linux 5.12)."""
    attributes = _MountAttributes(attr_set=flags)
    result = _libc().syscall(
        number("mount_setattr"),
        _AT_FDCWD,
        _bytes(target),
        _AT_RECURSIVE if recursive else 0,
        ctypes.byref(attributes),
        ctypes.sizeof(attributes),
    )
    _check(result, f"mount_setattr {target}")


def umount(target: str | os.PathLike[str], flags: int = MNT_DETACH) -> None:
    _check(_libc().umount2(_bytes(target), flags), f"umount {target}")


class _How(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


def open_in_root(root: int, path: bytes, flags: int) -> int:
    """A descriptor of `path` as if the directory `root` were "/", whatever links lead there (openat2(2))."""
    how = _How(flags=flags | os.O_CLOEXEC, resolve=_RESOLVE_IN_ROOT)
    result = _libc().syscall(_OPENAT2, root, path, ctypes.byref(how), ctypes.sizeof(how))
    return _check(result, f"open {os.fsdecode(path)}")


def pivot_root(new: str, old: str) -> None:
    _check(_libc().syscall(number("pivot_root"), _bytes(new), _bytes(old)), f"pivot_root {new}")


def sethostname(name: str) -> None:
    raw = name.encode()
    _check(_libc().sethostname(raw, len(raw)), f"sethostname {name}")


def setdomainname(name: str) -> None:
    raw = name.encode()
    _check(_libc().setdomainname(raw, len(raw)), f"setdomainname {name}")


def prctl(option: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
    arguments = [ctypes.c_ulong(value) for value in (a, b, c, d)]
    return _check(_libc().prctl(option, *arguments), f"prctl {option}")


def death_signal(value: int = signal.SIGKILL) -> None:
    """Have the kernel send `value` to this process when the thread that made it ends."""
    prctl(_PR_SET_PDEATHSIG, value)


def set_dumpable(value: bool) -> None:
    """False: no other process of the same user may trace this one or read its memory."""
    prctl(_PR_SET_DUMPABLE, int(value))


def keep_no_new_privileges() -> None:
    """From now on no exec gives this process or its children more privileges (set-user-ID bits, file capabilities)."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def close_from(first: int) -> None:
    """Close every descriptor from `first` on."""
    if _libc().syscall(number("close_range"), first, 0x7FFFFFFF, 0) < 0:
        os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def become_session_terminal(fd: int) -> None:
    """Make the terminal `fd` the controlling terminal of this session leader."""
    _check(_libc().ioctl(fd, ctypes.c_ulong(_TIOCSCTTY), 0), "ioctl TIOCSCTTY")
