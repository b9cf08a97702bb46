"""The templates of `--format`, as far as people write them: fields, `json`, a label, and "table" with a head. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NoReturn

__all__ = ["filled", "is_template"]

_ACTION = re.compile(r"\{\{-?\s*(?:(json|lower|upper|title)\s+)?\.(\w*)(?:\s+\"([^\"]*)\")?\s*-?\}\}")
_HEADS = {"CreatedAt": "CREATED AT", "RunningFor": "CREATED", "ExitCode": "EXIT CODE", "LocalVolumes": "LOCAL VOLUMES"}
_ESCAPES = {"\\t": "\t", "\\n": "\n"}


def is_template(text: str) -> bool:
    return "{{" in text


def filled(template: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each row; with "table" in front a head, and columns where tabs are. Raises ValueError, with the words
    that it is about, for a field that there is not and for what is more than a field."""
    table = template.startswith("table ")
    text = template.removeprefix("table ").strip() if table else template
    for escape, sign in _ESCAPES.items():
        text = text.replace(escape, sign)
    left = _ACTION.sub("", text)
    if "{{" in left:
        raise ValueError(left[left.index("{{") :])
    lines = [_ACTION.sub(partial(_value, row), text) for row in rows]
    if not table:
        return lines
    return _columns([_ACTION.sub(lambda found: _head(found[2]), text), *lines])


def _value(row: Mapping[str, Any], found: re.Match[str]) -> str:
    how, name, operand = found.groups()
    if operand is not None:
        return _label(row, operand) if name == "Label" and not how else _unknown(found)
    if name and name not in row:
        return _unknown(found)
    value = row[name] if name else row
    if how == "json" or isinstance(value, list | Mapping):
        return json.dumps(value, separators=(",", ":"))
    text = str(value)
    return getattr(text, how)() if how else text


def _unknown(found: re.Match[str]) -> NoReturn:
    raise ValueError(found[0])


def _label(row: Mapping[str, Any], name: str) -> str:
    """The value of one label, of those that a row has in one text."""
    pairs = (pair.partition("=") for pair in str(row.get("Labels", "")).split(","))
    return next((value for key, _, value in pairs if key == name), "")


def _head(name: str) -> str:
    return _HEADS.get(name, name.upper())


def _columns(lines: list[str]) -> list[str]:
    cells = [line.split("\t") for line in lines]
    widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(max(map(len, cells)))]
    return ["   ".join(cell.ljust(widths[i]) for i, cell in enumerate(row)).rstrip() for row in cells]
