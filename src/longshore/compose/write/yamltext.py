"""YAML as go-yaml v3 writes it with an indent of 2: which texts are quoted, how lists are indented, how keys sort."""

from __future__ import annotations

import re
from functools import cmp_to_key
from typing import Any

from longshore.compose.values.gotext import sprint
from longshore.compose.values.scalars import HINTS, Timestamp, resolve

__all__ = ["key_order", "natural", "yaml_text"]

_BASE60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z", re.ASCII)
_OLD_BOOLEANS = frozenset(
    ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF")
)
BOM = "\ufeff"
_SIMPLE = re.compile(r"(?!\.\.\.)[A-Za-z0-9_./$][A-Za-z0-9_./$=+@-]*\Z", re.ASCII)
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e", '"': '"',
    "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip
_BREAKS = "\r\n\x85\u2028\u2029"
_FIRST = "#,[]{}&*!|>'\"%@`"


def yaml_text(value: dict[str, Any]) -> str:
    """A mapping as a YAML document; the keys are written in their order."""
    lines: list[str] = []
    _mapping(value, "", lines)
    return "\n".join(lines) + "\n"


def natural(value: Any) -> Any:
    """`value` with the keys of all mappings in go-yaml's order."""
    if isinstance(value, dict):
        return {key: natural(value[key]) for key in sorted(value, key=key_order)}
    if isinstance(value, list):
        return [natural(item) for item in value]
    return value


def _mapping(value: dict[str, Any], indent: str, lines: list[str]) -> None:
    for key, item in value.items():
        _entry(f"{indent}{_scalar(key, '', key=True)}:", item, indent + "  ", lines)


def _sequence(value: list[Any], indent: str, lines: list[str]) -> None:
    for item in value:
        if isinstance(item, (dict, list)) and item:
            first = len(lines)
            inner = indent + "  "
            _mapping(item, inner, lines) if isinstance(item, dict) else _sequence(item, inner, lines)
            lines[first] = f"{indent}- {lines[first][len(inner) :]}"
        else:
            _entry(f"{indent}-", item, indent + "  ", lines)


def _entry(head: str, item: Any, indent: str, lines: list[str]) -> None:
    if isinstance(item, dict):
        if item:
            lines.append(head)
            _mapping(item, indent, lines)
        else:
            lines.append(f"{head} {{}}")
    elif isinstance(item, list):
        if item:
            lines.append(head)
            _sequence(item, indent, lines)
        else:
            lines.append(f"{head} []")
    else:
        lines.append(f"{head} {_scalar(item, indent)}")


def _scalar(value: Any, indent: str, *, key: bool = False) -> str:
    if type(value) is Timestamp:
        return value.printed
    if isinstance(value, str):
        return _text(value, indent, key)
    if value is None:
        return "null"
    if isinstance(value, float):
        return {"NaN": ".nan", "+Inf": ".inf", "-Inf": "-.inf"}.get(text := sprint(value), text)
    return sprint(value)


def _text(text: str, indent: str, key: bool) -> str:
    plain = bool(text) and (text[0] not in HINTS or type(resolve(text)) is str)
    plain = plain and text not in _OLD_BOOLEANS and not _BASE60.match(text)
    if plain and _SIMPLE.match(text):
        return text
    if "\n" in text and not key:
        return _literal(text, indent) if _block_allowed(text) else _double(text)
    if not plain:
        return _double(text)
    if _plain_allowed(text):
        return text
    return f"'{text.replace(chr(39), chr(39) * 2)}'" if _single_allowed(text) else _double(text)


def _printable(char: str) -> bool:
    return (
        char == "\n"
        or " " <= char <= "~"
        or "\xa0" <= char <= "\ud7ff"
        or ("\ue000" <= char <= "\ufffd" and char != BOM)
    )


def _special(text: str) -> bool:
    return any(not _printable(c) and c != "\t" for c in text)


def _block_allowed(text: str) -> bool:
    return not (text.endswith(" ") or _special(text) or re.search(f" [{_BREAKS}]", text))


def _single_allowed(text: str) -> bool:
    return not ("\t" in text or _special(text) or any(c in _BREAKS for c in text))


def _plain_allowed(text: str) -> bool:
    if text[0] == " " or text[-1] == " " or not _single_allowed(text) or text[:3] in ("---", "..."):
        return False
    followed = len(text) == 1 or text[1] in " \t"
    if text[0] in _FIRST or (text[0] in "?:-" and followed):
        return False
    return not (re.search(r":(?=[ \t]|\Z)", text[1:]) or re.search(r"(?<=[ \t])#", text))


def _double(text: str) -> str:
    escaped = '"\\' + _BREAKS
    every = text.startswith(BOM)
    return '"' + "".join(_escape(c) if every or c in escaped or not _printable(c) else c for c in text) + '"'


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _literal(text: str, indent: str) -> str:
    hint = "2" if text[0] in " " + _BREAKS else ""
    open_end = len(text) == 1 or text[-2] in _BREAKS
    chomp = "-" if text[-1] not in _BREAKS else "+" if open_end else ""
    body = text[:-1] if text.endswith("\n") else text
    lines = [indent + line if line else "" for line in body.split("\n")]
    return f"|{hint}{chomp}\n" + "\n".join(lines)


def _compare(a: str, b: str) -> int:
    """Keys sort as people count: a2 before a10; capitals and signs before small letters."""
    digits = False
    for index, (x, y) in enumerate(zip(a, b, strict=False)):
        if x == y:
            digits = x.isdigit()
            continue
        if x.isalpha() and y.isalpha():
            return -1 if x < y else 1
        if x.isalpha() or y.isalpha():
            return -1 if (x.isalpha() if digits else y.isalpha()) else 1
        return _compare_numbers(a, b, index)
    return len(a) - len(b)


def _compare_numbers(a: str, b: str, index: int) -> int:
    start = 0
    if "0" in (a[index], b[index]):
        before = re.search(r"[0-9]*\Z", a[:index])
        start = 1 if before and before[0].strip("0") else 0
    (first, first_end), (second, second_end) = _number(a, index, start), _number(b, index, start)
    if first != second:
        return -1 if first < second else 1
    if first_end != second_end:
        return first_end - second_end
    return -1 if a[index] < b[index] else 1


def _number(text: str, index: int, start: int) -> tuple[int, int]:
    end, value = index, start
    while end < len(text) and text[end].isdigit():
        value = value * 10 + int(text[end])
        end += 1
    return value, end


key_order = cmp_to_key(_compare)
"""Sorts keys as go-yaml does."""
