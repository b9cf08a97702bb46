"""Who this process is to the kernel: root of the machine, or an ordinary user."""

from __future__ import annotations

import os
from pathlib import Path

from longshore.native.kernel.procstatus import status_of

__all__ = ["is_root", "let_go"]

_WHOLE = 65535
_SYS_ADMIN = 21
_entered = False


def is_root() -> bool:
    """Whether this process may do what root may: uid 0 in the machine's first user namespace, or in one with a whole
    map, with the right to mount. In a namespace that we entered ourselves nobody is."""
    if os.geteuid() != 0 or _entered:
        return False
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()]
    held = int(status_of("self").get("CapEff", "0"), 16)
    return sum(int(count) for _, _, count in ranges) > _WHOLE and bool(held >> _SYS_ADMIN & 1)


def let_go() -> None:
    """This process has entered a user namespace: what it may do from now on, it may do there alone."""
    global _entered
    _entered = True
