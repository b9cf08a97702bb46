"""Programs of another architecture that this machine runs all the same: by an emulator that binfmt_misc knows and has
open already, so that it is found from inside any root (its flag F)."""

from __future__ import annotations

from pathlib import Path

__all__ = ["emulates"]

_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_EMULATORS = {"amd64": "x86_64", "arm64": "aarch64", "386": "i386"}
"""What QEMU calls an architecture, where that is not its name among images."""


def emulates(architecture: str, binfmt: Path = _BINFMT) -> bool:
    """Whether programs of it run here."""
    wanted = f"qemu-{_EMULATORS.get(architecture, architecture)}"
    for rule in binfmt.glob("*"):
        try:
            words = rule.read_text(encoding="ascii", errors="replace").split()
        except OSError:
            continue
        if words[:1] != ["enabled"] or "interpreter" not in words or "flags:" not in words:
            continue
        program = words[words.index("interpreter") + 1].rpartition("/")[2]
        flags = words[words.index("flags:") + 1 :][:1]
        if program.removesuffix("-static") == wanted and flags and "F" in flags[0]:
            return True
    return False
