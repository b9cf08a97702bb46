"""How times, sizes and addresses are written. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longshore.state.observed import Published

__all__ = ["address", "age", "prose", "size", "ticks"]

_AGES = ((86400 * 2, 86400, "d"), (3600 * 2, 3600, "h"), (60 * 2, 60, "m"), (0, 1, "s"))
_SIZES = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))


def ticks(seconds: float) -> str:
    """A duration in a column: "0.09s", "12.3s", "2m05s"."""
    if seconds < 10:
        return f"{seconds:.2f}s"
    if seconds < 100:
        return f"{seconds:.1f}s"
    return f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"


def prose(seconds: float) -> str:
    """A duration in a sentence: "1.31 s", "2 min 5 s"."""
    if seconds < 100:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def age(seconds: float) -> str:
    """How long something runs, in its largest unit: "45s", "2m", "3h", "12d"."""
    for least, unit, letter in _AGES:
        if seconds >= least:
            return f"{int(seconds // unit)}{letter}"
    return "0s"


def size(count: float) -> str:
    """Bytes in decimal words with a binary base, as Docker writes memory."""
    for unit, name in _SIZES:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{int(count)} B"


def address(port: Published, arrow: str = "→") -> str:
    """ "127.0.0.1:8000→8000", with the protocol when it is not TCP."""
    host = f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip or "0.0.0.0"
    suffix = "" if port.protocol == "tcp" else f"/{port.protocol}"
    return f"{host}:{port.published}{arrow}{port.target}{suffix}"
