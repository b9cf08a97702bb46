"""Which start of the machine this is."""

from __future__ import annotations

from pathlib import Path

__all__ = ["boot_id"]


def boot_id() -> str:
    """Another after every start. OSError where the machine has no /proc."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
