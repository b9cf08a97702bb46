"""Lengths of time and sizes as Docker's programs, which are Go's, read them."""

from __future__ import annotations

import re

__all__ = ["SECOND", "in_nanoseconds", "in_seconds", "nanoseconds", "seconds", "size_in_bytes"]

SECOND = 10**9
"""In nanoseconds, in which the Engine API has every length of time."""

_UNITS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
_LONGER = {"d": 86400 * 10**9, "w": 604800 * 10**9}
"""Units that Compose files and --since have, and Go has not."""
_PART = re.compile(r"(\d*)(\.\d*)?([^\d.]+)", re.ASCII)
_INT64 = (1 << 63) - 1
_AMOUNT = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z", re.ASCII)
_BINARY = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}


def nanoseconds(text: str, *, days: bool = True) -> int:
    """Of a duration such as "1m30s", "1.5h", "-5s" or, with `days`, "2d". Raises ValueError."""
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return 0
    units = {**_UNITS, **_LONGER} if days else _UNITS
    total, position = 0, 0
    while position < len(body):
        part = _PART.match(body, position)
        if not part or not (part[1] or len(part[2] or "") > 1) or part[3] not in units:
            raise ValueError(f'"{text}" is not a duration')
        total += _of_part(part[1], part[2] or "", units[part[3]])
        position = part.end()
    if not body or total > _INT64:
        raise ValueError(f'"{text}" is not a duration')
    return -total if text[0] == "-" else total


def seconds(text: str, *, days: bool = True) -> float:
    """The same in seconds."""
    return nanoseconds(text, days=days) / SECOND


def in_nanoseconds(length: float | None) -> int | None:
    """Of seconds, as the Engine API has them; None, which is what was not given, stays."""
    return None if length is None else round(length * SECOND)


def in_seconds(length: int | None) -> float | None:
    """Of nanoseconds as the Engine API tells them, where 0 is what was not given."""
    return length / SECOND if length else None


def _of_part(whole: str, fraction: str, unit: int) -> int:
    total = int(whole or 0) * unit
    digits = fraction[1:19]
    if digits and int(digits):
        total += int(float(int(digits)) * (unit / float(10 ** len(digits))))
    return total


def size_in_bytes(text: str) -> int:
    """Of a size such as "50M", "1.5gb" or "64 kib" (powers of 1024). Raises ValueError."""
    cut = max(text.rfind(c) for c in "01234567890. ")
    number = "" if cut < 0 else text[:cut] if text[cut] == " " else text[: cut + 1]
    suffix = text[cut + 1 :].lower()
    if not _AMOUNT.match(number):
        raise ValueError(f'"{text}" is not a size (such as 64m)')
    size = float(number)
    if suffix in ("", "b"):
        return int(size)
    unit, rest = suffix[0], suffix[1:]
    if unit not in _BINARY or rest not in ("", "b", "ib"):
        raise ValueError(f'"{text}" is not a size: the unit "{suffix}" is none of b, k, m, g, t, p')
    return int(size * _BINARY[unit])
