"""Printing a project as JSON or YAML, byte for byte as `docker compose config` does."""

from __future__ import annotations

import json
from typing import Any

from longshore.compose.decode import EXTENSIONS
from longshore.compose.gotext import float_json
from longshore.compose.project import Project

__all__ = ["as_mapping", "compact_json", "json_text", "without_extensions"]

_encode = json.encoder.encode_basestring
_RESOURCES = ("networks", "volumes", "secrets", "configs")


def as_mapping(project: Project) -> dict[str, Any]:
    """The canonical mapping of a project, in Compose's order of keys (models are not part of it)."""
    made: dict[str, Any] = {"name": project.name, "services": dict(sorted(project.services.items()))}
    for kind in _RESOURCES:
        resources = getattr(project, kind)
        if resources:
            made[kind] = dict(sorted(resources.items()))
    made.update(project.extensions)
    return dict(sorted(made.items()))


def json_text(value: Any) -> str:
    """Indented JSON."""
    parts: list[str] = []
    _write(value, "\n", parts, ": ", "  ")
    return _escape("".join(parts))


def compact_json(value: Any) -> str:
    """JSON on one line, with no spaces: what Compose hashes."""
    parts: list[str] = []
    _write(value, "", parts, ":", "")
    return _escape("".join(parts))


def _escape(text: str) -> str:
    """Go's encoder also escapes what HTML would take for its own, and two separators of lines."""
    for char in "<>&\u2028\u2029":
        if char in text:
            text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _write(value: Any, newline: str, parts: list[str], colon: str, indent: str) -> None:
    if isinstance(value, str):
        parts.append(_encode(value))
    elif value is None:
        parts.append("null")
    elif value is True or value is False:
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(str(value))
    elif isinstance(value, float):
        parts.append(float_json(value))
    elif isinstance(value, dict):
        _write_mapping(value, newline, parts, colon, indent)
    else:
        _write_list(value, newline, parts, colon, indent)


def _write_mapping(value: dict[str, Any], newline: str, parts: list[str], colon: str, indent: str) -> None:
    inner = newline + indent
    separator = "{" + inner
    keys = sorted(value) if type(value) is not dict else value
    for key in keys:
        if key == EXTENSIONS:
            continue
        parts.append(separator + _encode(key) + colon)
        _write(value[key], inner, parts, colon, indent)
        separator = "," + inner
    parts.append("{}" if separator[0] == "{" else newline + "}")


def _write_list(value: list[Any], newline: str, parts: list[str], colon: str, indent: str) -> None:
    inner = newline + indent
    separator = "[" + inner
    for item in value:
        parts.append(separator)
        _write(item, inner, parts, colon, indent)
        separator = "," + inner
    parts.append(newline + "]" if value else "[]")


def without_extensions(value: Any) -> Any:
    """`value` without the x- attributes that Compose does not print in JSON; as it is when there are none."""
    if isinstance(value, dict):
        if EXTENSIONS not in value and not any(type(item) in _NESTED for item in value.values()):
            return value
        return {key: without_extensions(item) for key, item in value.items() if key != EXTENSIONS}
    if isinstance(value, list):
        return [without_extensions(item) for item in value]
    return value


_NESTED = frozenset({dict, list})
