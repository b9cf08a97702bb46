"""Linux capabilities: the kernel's numbers, Docker's default set, and giving up all others."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from pathlib import Path

from longshore.native.kernel.syscalls import call, number, prctl

__all__ = ["DEFAULT", "NUMBERS", "hold", "limit", "wanted"]

_NAMES = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
]

NUMBERS = {name: position for position, name in enumerate(_NAMES)}

DEFAULT = frozenset(
    [
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "SETGID",
        "SETUID",
        "SETPCAP",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SYS_CHROOT",
        "AUDIT_WRITE",
        "SETFCAP",
    ]
)
"""Docker's default capabilities less MKNOD: with it a device of the host can be made inside (SECURITY.md)."""

_PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _CLEAR_ALL = 24, 47, 4
_VERSION_3 = 0x20080522


def wanted(add: Iterable[str], drop: Iterable[str]) -> frozenset[str]:
    """The capabilities of a service: the default, with `cap_drop` taken away and `cap_add` given, as Docker combines
    them (ALL stands for every one; a name may carry the prefix CAP_)."""
    added, dropped = {_plain(name) for name in add}, {_plain(name) for name in drop}
    kept = set() if "ALL" in dropped else set(DEFAULT) - dropped
    if "ALL" in added:
        return frozenset(set(NUMBERS) - dropped)
    return frozenset((kept | added) & set(NUMBERS))


def _plain(name: str) -> str:
    return name.upper().removeprefix("CAP_")


def limit(keep: Iterable[str]) -> None:
    """Let no program that this process executes from now on ever hold more than `keep`."""
    kept = {NUMBERS[name] for name in keep}
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))
    for capability in range(last + 1):
        if capability not in kept:
            prctl(_PR_CAPBSET_DROP, capability)
    prctl(_PR_CAP_AMBIENT, _CLEAR_ALL)


def hold(keep: Iterable[str]) -> None:
    """Hold exactly `keep`, effective and permitted, with nothing inheritable."""
    mask = sum(1 << NUMBERS[name] for name in keep)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    call("capset", number("capset"), ctypes.byref(header), ctypes.byref(data))
