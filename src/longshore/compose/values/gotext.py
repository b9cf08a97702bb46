"""Numbers read and written, durations written, as Go does: Compose prints them that way, and hashes what it prints."""

from __future__ import annotations

import re
import struct
from typing import Any

__all__ = ["duration_text", "float32", "float_json", "parse_float", "sprint"]

_FLOAT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\Z", re.ASCII)
_FLOAT_WORDS = {"inf": "inf", "+inf": "inf", "-inf": "-inf", "infinity": "inf", "+infinity": "inf",
                "-infinity": "-inf", "nan": "nan"}  # fmt: skip


def sprint(value: Any) -> str:
    """A value as Go's fmt.Sprint prints it."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_g(value)
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{sprint(value[k])}" for k in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(sprint, value)) + "]"
    return str(value)


def _float_g(value: float) -> str:
    """%v: shortest digits; an exponent below 1e-4 and from 1e6 on."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return _shortest(repr(value), -4, 6)


def float_json(value: float) -> str:
    """A float64 (or a `Float32`) as Go's JSON encoder writes it: an exponent below 1e-6 and from 1e21 on."""
    if value == 0:
        return "-0" if str(value).startswith("-") else "0"
    text = _shortest(repr(value), -6, 21)
    return re.sub(r"e-0(\d)\Z", r"e-\1", text)


def _shortest(text: str, low: int, high: int) -> str:
    from decimal import Decimal

    sign, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    figures = "".join(map(str, digits)).lstrip("0") or "0"
    point = len(figures) + exponent
    figures = figures.rstrip("0") or "0"
    minus = "-" if sign else ""
    power = point - 1 if figures != "0" else 0
    if power < low or power >= high:
        rest = f".{figures[1:]}" if len(figures) > 1 else ""
        return f"{minus}{figures[0]}{rest}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{figures}" if figures != "0" else f"{minus}0"
    if point >= len(figures):
        return minus + figures + "0" * (point - len(figures))
    return f"{minus}{figures[:point]}.{figures[point:]}"


class Float32(float):
    """A float of 32 bits: printed with the fewest digits that give it back."""

    __slots__ = ()

    def __repr__(self) -> str:
        for digits in range(1, 10):
            text = f"{float(self):.{digits}g}"
            if _narrow(float(text)) == float(self):
                return text
        return float.__repr__(self)


def _narrow(value: float) -> float:
    narrowed: float = struct.unpack("f", struct.pack("f", value))[0]
    return narrowed


def float32(value: float) -> Float32:
    """`value` rounded to 32 bits; one that does not fit is infinite."""
    return Float32(_narrow(value))


def parse_float(text: str) -> float:
    """strconv.ParseFloat for decimal texts. Raises ValueError."""
    if _FLOAT.match(text):
        return float(text)
    word = _FLOAT_WORDS.get(text.lower())
    if word is None:
        raise ValueError(f'"{text}" is not a number')
    return float(word)


def duration_text(nanoseconds: int) -> str:
    """A duration as Go's time.Duration prints it: 1m30s, 1.5s, 300ms, 0s."""
    if nanoseconds == 0:
        return "0s"
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest < 10**9:
        return sign + _small_duration(rest)
    minutes, fraction = divmod(rest, 60 * 10**9)
    seconds, nano = divmod(fraction, 10**9)
    text = f"{seconds}{_fraction(nano, 9)}s"
    if minutes:
        text = f"{minutes % 60}m{text}"
    if minutes >= 60:
        text = f"{minutes // 60}h{text}"
    return sign + text


def _small_duration(rest: int) -> str:
    for unit, size, places in (("ms", 10**6, 6), ("µs", 10**3, 3)):
        if rest >= size:
            return f"{rest // size}{_fraction(rest % size, places)}{unit}"
    return f"{rest}ns"


def _fraction(value: int, places: int) -> str:
    return f".{value:0{places}d}".rstrip("0") if value else ""
