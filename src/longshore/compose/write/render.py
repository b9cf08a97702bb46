"""Printing a project as JSON or YAML, byte for byte as `docker compose config` does."""

from __future__ import annotations

import re
from typing import Any

from longshore.compose.types.decode import EXTENSIONS, Empty, Named
from longshore.compose.types.project import Project
from longshore.compose.values.gotext import float_json
from longshore.compose.values.scalars import Timestamp
from longshore.model.errors import ShoreError

__all__ = ["as_mapping", "compact_json", "json_text", "without_extensions", "yaml_mapping"]

_UNSAFE = re.compile(r'["\\\x00-\x1f]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
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


def yaml_mapping(project: Project) -> dict[str, Any]:
    """The same as it is printed in YAML: in another order, with models and x- attributes, without empty structs."""
    from longshore.compose.write.yamltext import natural

    made: dict[str, Any] = {"name": project.name}
    kinds = ("services", *_RESOURCES, "models")
    for kind in kinds:
        entries = getattr(project, kind)
        if entries or kind == "services":
            shaped = {key: _yaml_service(item) if kind == "services" else _yaml(item) for key, item in entries.items()}
            made[kind] = _sorted_naturally(shaped)
    made.update(natural(project.extensions))
    return made


def _sorted_naturally(entries: dict[str, Any]) -> dict[str, Any]:
    from longshore.compose.write.yamltext import key_order

    return {key: entries[key] for key in sorted(entries, key=key_order)}


def _yaml_service(service: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = _yaml(service)
    if made.get("environment"):
        made["environment"] = _sorted_naturally(made["environment"])
    for key in ("command", "entrypoint"):
        if made.get(key) is None:
            made.pop(key, None)
    for hook in (*made.get("pre_start", ()), *made.get("post_start", ()), *made.get("pre_stop", ())):
        if hook.get("command") is None:
            hook.pop("command", None)
    if "blkio_config" in made:
        made["blkio_config"] = _lower_keys(made["blkio_config"])
    for limits in (made.get("ulimits", {}), made.get("build", {}).get("ulimits", {})):
        for name, limit in limits.items():
            if isinstance(limit, dict):
                limits[name] = {"soft": limit.get("soft", 0), "hard": limit.get("hard", 0)}
    if "env_file" in made:
        made["env_file"] = [
            {k: v for k, v in file.items() if k != "format"} if isinstance(file, dict) else file
            for file in made["env_file"]
        ]
    if "ssh" in made.get("build", {}):
        made["build"]["ssh"] = [f"{key}: {path}" if path else key for key, path in made["build"]["ssh"]]
    return made


def _lower_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.lower(): _lower_keys(item) for key, item in value.items()}
    return [_lower_keys(item) for item in value] if isinstance(value, list) else value


def _yaml(value: Any) -> Any:
    """A copy without empty structs, and with x- attributes in their place."""
    if isinstance(value, dict):
        made = {}
        for key, item in value.items():
            if key == EXTENSIONS:
                from longshore.compose.write.yamltext import natural

                made.update(natural(item))
            elif type(item) is not Empty:
                made[key] = _yaml(item)
        return _sorted_naturally(made) if type(value) is Named else made
    if isinstance(value, list):
        return [_yaml(item) for item in value]
    return value


def json_text(value: Any, indent: str = "  ") -> str:
    """Indented JSON."""
    parts: list[str] = []
    _write(value, "\n", parts, ": ", indent)
    return _escape("".join(parts))


def compact_json(value: Any) -> str:
    """JSON on one line, with no spaces: what Compose hashes."""
    parts: list[str] = []
    _write(value, "", parts, ":", "")
    return _escape("".join(parts))


def _encode(text: str) -> str:
    """A text in quotes."""
    if _UNSAFE.search(text) is None:
        return f'"{text}"'
    return f'"{_UNSAFE.sub(lambda found: _ESCAPES.get(found[0]) or f"{chr(92)}u{ord(found[0]):04x}", text)}"'


def _escape(text: str) -> str:
    """Go's encoder also escapes what HTML would take for its own, and two separators of lines."""
    for char in "<>&\u2028\u2029":
        if char in text:
            text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _write(value: Any, newline: str, parts: list[str], colon: str, indent: str) -> None:
    if isinstance(value, str):
        parts.append(_encode(value.printed if type(value) is Timestamp else value))
    elif value is None:
        parts.append("null")
    elif value is True or value is False:
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(str(value))
    elif isinstance(value, float):
        if not abs(value) < float("inf"):
            raise ShoreError(
                f"{value} cannot be printed as JSON", hint="docker compose cannot either; print it as YAML"
            )
        parts.append(float_json(value))
    elif isinstance(value, dict):
        _write_mapping(value, newline, parts, colon, indent)
    elif isinstance(value, list):
        _write_list(value, newline, parts, colon, indent)
    elif not any(path for _, path in value):
        _write_list([key for key, _ in value], newline, parts, colon, indent)
    else:
        what = "build.ssh with a path cannot be printed as JSON"
        raise ShoreError(what, hint="docker compose cannot either; print it as YAML")


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
        if EXTENSIONS not in value and not any(isinstance(item, (dict, list)) for item in value.values()):
            return value
        return {key: without_extensions(item) for key, item in value.items() if key != EXTENSIONS}
    if isinstance(value, list):
        return [without_extensions(item) for item in value]
    return value
