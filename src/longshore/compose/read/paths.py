"""Relative paths of the file, made absolute at known places."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from longshore.compose.values.problems import Problems
from longshore.compose.values.tree import Map, Path, Rules, Seq, place_of, rules, text_of

__all__ = ["join", "resolve_paths"]

Resolver = Callable[[str, Any], Any]

_REMOTE = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")


def resolve_paths(tree: Map, base: str, problems: Problems) -> None:
    """Make the paths in `tree` start from the folder `base`, in place."""
    _walk(tree, RESOLVERS, base, (), tree, problems)


def _walk(value: Any, node: Rules, base: str, path: Path, root: Map, problems: Problems) -> Any:
    resolver: Resolver | None = node.get(None)
    if resolver is not None:
        try:
            return resolver(base, value)
        except ValueError as error:
            problems.add(f"{text_of(path)}: {error}", place_of(root, path))
            return value
    if isinstance(value, Map):
        below = node.get("*")
        for key in tuple(value):
            child = node.get(key, below)
            if child is not None:
                value[key] = _walk(value[key], child, base, (*path, key), root, problems)
    elif isinstance(value, Seq) and "*" in node:
        for index, item in enumerate(value):
            value[index] = _walk(item, node["*"], base, (*path, index), root, problems)
    return value


def join(base: str, path: str) -> str:
    """`path` below `base` in its shortest form, as Go's filepath.Join makes it."""
    joined = os.path.normpath(f"{base}/{path}" if base else path)
    return joined[1:] if joined.startswith("//") else joined


def _expand_user(path: str) -> str:
    home = os.environ.get("HOME")
    return join(home, path[1:]) if path.startswith("~") and home else path


def _absolute(base: str, value: Any) -> Any:
    if isinstance(value, Seq):
        value[:] = [_absolute(base, item) for item in value]
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value} is not a path")
    path = _expand_user(value)
    return path if not path or path.startswith("/") else join(base, path)


def _unix_path(base: str, value: Any) -> Any:
    """A path that may also be Windows' own."""
    if not isinstance(value, str):
        return value
    path = _expand_user(value)
    return path if path.startswith("/") or _is_windows_absolute(path) else join(base, path)


def _is_windows_absolute(path: str) -> bool:
    if path[:2] in ("\\\\", "//"):
        return True
    return len(path) > 2 and path[0].isalpha() and path[1] == ":" and path[2] in "\\/"


def _context(base: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(f"{value} is not a path")
    if "://" in value or value.startswith(("service:", *_REMOTE)):
        return value
    return _absolute(base, value)


def _mount(base: str, value: Any) -> Any:
    if not isinstance(value, Map) or value.get("type") != "bind":
        return value
    if "source" not in value:
        raise ValueError("a bind mount needs a source")
    value["source"] = _unix_path(base, value["source"])
    return value


def _volume_options(base: str, value: Any) -> Any:
    """A local volume with the option `o: bind` is a bind mount: its device is a path."""
    if isinstance(value, Map) and value.get("driver") == "local":
        options = value.get("driver_opts")
        if isinstance(options, Map) and options.get("o") == "bind" and "device" in options:
            options["device"] = _unix_path(base, options["device"])
    return value


def _watched(base: str, value: Any) -> Any:
    """The first symbolic link on the way is replaced by what it points to."""
    path = _absolute(base, value)
    for end in (*(index for index, char in enumerate(path) if char == "/"), len(path)):
        if os.path.islink(path[:end]):
            return os.path.realpath(path[:end]) + path[end:]
    return path


RESOLVERS: Rules = rules(
    {
        "services.*.build.context": _context,
        "services.*.build.additional_contexts.*": _context,
        "services.*.build.ssh.*": _unix_path,
        "services.*.env_file.*.path": _absolute,
        "services.*.label_file.*": _absolute,
        "services.*.extends.file": _absolute,
        "services.*.develop.watch.*.path": _watched,
        "services.*.volumes.*": _mount,
        "configs.*.file": _unix_path,
        "secrets.*.file": _unix_path,
        "volumes.*": _volume_options,
    }
)
