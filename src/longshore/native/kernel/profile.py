"""Docker's default seccomp profile as a program: what its documentation names as blocked is refused, calls that need a
capability are allowed with it (https://docs.docker.com/engine/security/seccomp/)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from functools import cache

from longshore.native.kernel.bpf import ALLOW, Condition, Rule, assemble, errno_action, numbers

__all__ = ["default_profile"]

_X86_64 = {
    "acct": 163, "add_key": 248, "afs_syscall": 183, "bpf": 321, "chroot": 161, "clock_settime": 227, "clone": 56,
    "clone3": 435, "create_module": 174, "delete_module": 176, "fanotify_init": 300, "finit_module": 313,
    "fsconfig": 431, "fsmount": 432, "fsopen": 430, "fspick": 433, "get_kernel_syms": 177, "get_mempolicy": 239,
    "init_module": 175, "io_uring_enter": 426, "io_uring_register": 427, "io_uring_setup": 425, "ioperm": 173,
    "iopl": 172, "kcmp": 312, "kexec_file_load": 320, "kexec_load": 246, "keyctl": 250, "lookup_dcookie": 212,
    "mbind": 237, "migrate_pages": 256, "mount": 165, "mount_setattr": 442, "move_mount": 429, "move_pages": 279,
    "nfsservctl": 180, "open_by_handle_at": 304, "open_tree": 428, "perf_event_open": 298, "personality": 135,
    "pidfd_getfd": 438, "pivot_root": 155, "process_madvise": 440, "query_module": 178, "quotactl": 179,
    "quotactl_fd": 443, "reboot": 169, "request_key": 249, "set_mempolicy": 238, "set_mempolicy_home_node": 450,
    "setdomainname": 171, "sethostname": 170, "setns": 308, "settimeofday": 164, "socket": 41, "swapoff": 168,
    "swapon": 167, "sysctl": 156, "sysfs": 139, "syslog": 103, "umount2": 166, "unshare": 272, "uselib": 134,
    "userfaultfd": 323, "ustat": 136, "vhangup": 153, "vserver": 236,
}  # fmt: skip

_AARCH64 = {
    "acct": 89, "add_key": 217, "bpf": 280, "chroot": 51, "clock_settime": 112, "clone": 220, "clone3": 435,
    "delete_module": 106, "fanotify_init": 262, "finit_module": 273, "fsconfig": 431, "fsmount": 432, "fsopen": 430,
    "fspick": 433, "get_mempolicy": 236, "init_module": 105, "io_uring_enter": 426, "io_uring_register": 427,
    "io_uring_setup": 425, "kcmp": 272, "kexec_file_load": 294, "kexec_load": 104, "keyctl": 219, "lookup_dcookie": 18,
    "mbind": 235, "migrate_pages": 238, "mount": 40, "mount_setattr": 442, "move_mount": 429, "move_pages": 239,
    "nfsservctl": 42, "open_by_handle_at": 265, "open_tree": 428, "perf_event_open": 241, "personality": 92,
    "pidfd_getfd": 438, "pivot_root": 41, "process_madvise": 440, "quotactl": 60, "quotactl_fd": 443, "reboot": 142,
    "request_key": 218, "set_mempolicy": 237, "set_mempolicy_home_node": 450, "setdomainname": 162, "sethostname": 161,
    "setns": 268, "settimeofday": 170, "socket": 198, "swapoff": 225, "swapon": 224, "syslog": 116, "umount2": 39,
    "unshare": 97, "userfaultfd": 282, "vhangup": 58,
}  # fmt: skip

_TABLES = {"x86_64": _X86_64, "aarch64": _AARCH64}

_NEVER = [
    "add_key",
    "afs_syscall",
    "create_module",
    "get_kernel_syms",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "migrate_pages",
    "move_pages",
    "nfsservctl",
    "pivot_root",
    "query_module",
    "request_key",
    "swapoff",
    "swapon",
    "sysctl",
    "sysfs",
    "uselib",
    "userfaultfd",
    "ustat",
    "vserver",
]

_WITH_CAPABILITY = {
    "SYS_ADMIN": [
        "bpf",
        "fanotify_init",
        "fsconfig",
        "fsmount",
        "fsopen",
        "fspick",
        "lookup_dcookie",
        "mount",
        "mount_setattr",
        "move_mount",
        "open_tree",
        "perf_event_open",
        "quotactl",
        "quotactl_fd",
        "setdomainname",
        "sethostname",
        "setns",
        "syslog",
        "umount2",
        "unshare",
    ],
    "BPF": ["bpf"],
    "PERFMON": ["perf_event_open"],
    "DAC_READ_SEARCH": ["open_by_handle_at"],
    "SYS_BOOT": ["reboot"],
    "SYS_CHROOT": ["chroot"],
    "SYS_MODULE": ["delete_module", "finit_module", "init_module"],
    "SYS_NICE": ["get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"],
    "SYS_PACCT": ["acct"],
    "SYS_PTRACE": ["kcmp", "pidfd_getfd", "process_madvise"],
    "SYS_RAWIO": ["ioperm", "iopl"],
    "SYS_TIME": ["clock_settime", "settimeofday"],
    "SYS_TTY_CONFIG": ["vhangup"],
    "SYSLOG": ["syslog"],
}

_NEW_NAMESPACES = 0x7E020000
_PERSONALITIES = (0x0, 0x0008, 0x20000, 0x20008, 0xFFFFFFFF)
_AF_VSOCK = 40
_HIGHEST = 469


@cache
def default_profile(capabilities: frozenset[str]) -> bytes:
    """The program for a service that holds `capabilities`."""
    table = _TABLES[os.uname().machine]
    denied = set(_NEVER) | {name for names in _WITH_CAPABILITY.values() for name in names}
    for capability in capabilities:
        denied -= set(_WITH_CAPABILITY.get(capability, ()))
    refuse, missing = errno_action(errno.EPERM), errno_action(errno.ENOSYS)
    rules = [
        *_clone_rules(table, capabilities, refuse, missing),
        Rule(_of(table, "socket"), refuse, Condition(0, "equal", _AF_VSOCK)),
        *(Rule(_of(table, "personality"), ALLOW, Condition(0, "equal", value)) for value in _PERSONALITIES),
        Rule(_of(table, "personality", *sorted(denied)), refuse),
    ]
    return assemble(rules, highest=_HIGHEST)


def _clone_rules(table: dict[str, int], capabilities: Iterable[str], refuse: int, missing: int) -> list[Rule]:
    """New namespaces need SYS_ADMIN; clone3 hides its flags behind a pointer, so callers must fall back to clone."""
    if "SYS_ADMIN" in capabilities:
        return []
    return [
        Rule(_of(table, "clone"), refuse, Condition(0, "masked", _NEW_NAMESPACES)),
        Rule(_of(table, "clone3"), missing),
    ]


def _of(table: dict[str, int], *names: str) -> tuple[int, ...]:
    return numbers(table, names)
