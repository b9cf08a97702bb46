"""Plain scalars as go-yaml v3 resolves them (its resolve.go): not YAML 1.1's, not quite 1.2's.

`yes`, `on` and `22:22` are strings, `010` and `0o10` are 8, `1_000` is 1000, `1e3` is a float, a bare date is a
time stamp (which no attribute of a Compose file accepts)."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["HINTS", "Timestamp", "resolve"]

HINTS = frozenset("+-0123456789yYnNtTfFoO~.")
"""First characters of plain scalars that may be something else than a string."""

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z", re.ASCII)
_INT = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)\Z", re.ASCII)
_DOT_FLOAT = re.compile(r"\.[0-9]+([eE][-+]?[0-9]+)?\Z", re.ASCII)
_DATE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d))|"
    r"(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?))?\Z",
    re.ASCII,
)
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_INT_MIN, _UINT_MAX = -(1 << 63), (1 << 64) - 1


class Timestamp(str):
    """A bare date: a value of no type that a Compose file knows, so it can only stand under x-."""

    __slots__ = ()

    @property
    def printed(self) -> str:
        """As RFC 3339 writes it: 2001-12-14T00:00:00Z."""
        found = _DATE.match(self)
        if found is None:
            return str(self)
        year, month, day, *clock = found.groups()
        hour, minute, second = [part for part in clock if part] or ("0", "0", "0")
        fraction = re.search(r"[.,](\d+)", self)
        zone = re.search(r"[+-]\d\d:\d\d\Z", self[10:])
        digits = fraction[1][:9].rstrip("0") if fraction else ""
        return (
            f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}{'.' + digits if digits else ''}"
            f"{zone[0] if zone and zone[0][1:] != '00:00' else 'Z'}"
        )


def resolve(text: str) -> Any:
    """The value of a plain (unquoted, untagged) scalar."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first == ".":
        return _float(text) if _DOT_FLOAT.match(text) else text
    if first not in "+-0123456789":
        return text
    if _is_timestamp(text):
        return Timestamp(text)
    return _number(text)


def _number(text: str) -> Any:
    plain = text.replace("_", "")
    if _INT.match(plain):
        value = _integer(plain)
        if _INT_MIN <= value <= _UINT_MAX:
            return value
    return _float(plain, text) if _FLOAT.match(plain) else text


def _float(plain: str, text: str = "") -> Any:
    """A float; a text when it is out of range."""
    value = float(plain)
    return value if abs(value) < float("inf") else text or plain


def _integer(plain: str) -> int:
    sign, digits = (-1, plain[1:]) if plain[0] == "-" else (1, plain.lstrip("+"))
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _is_timestamp(text: str) -> bool:
    if len(text) < 6 or text[4] != "-":
        return False
    found = _DATE.match(text)
    if not found:
        return False
    year, month, day = (int(found[i]) for i in (1, 2, 3))
    if not (1 <= month <= 12 and 1 <= day <= _MONTH_DAYS[month - 1]):
        return False
    if month == 2 and day == 29 and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        return False
    clock = [int(part) for part in found.groups()[3:] if part]
    return not clock or (clock[0] < 24 and clock[1] < 60 and clock[2] < 60)
