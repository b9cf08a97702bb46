"""Where the keys of a service or a network stand in the files, looked up when someone asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longshore.compose.values.tree import Map, Path, Seq, place_of
from longshore.model.errors import Place

__all__ = ["places_of"]


class _Places(Mapping[str, Place]):
    """By dotted key below it: "", "ports.0", "environment.DATABASE_URL"."""

    def __init__(self, tree: Map, path: Path) -> None:
        self._tree = tree
        self._path = path
        self._root = _child(tree, path)

    def __getitem__(self, key: str) -> Place:
        place = self._place(key)
        if place is None:
            raise KeyError(key)
        return place

    def __iter__(self) -> Iterator[str]:
        return (key for key in ("", *_keys(self._root, "")) if self._place(key))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _place(self, key: str) -> Place | None:
        path = self._find(key)
        return None if path is None else place_of(self._tree, (*self._path, *path))

    def _find(self, key: str) -> Path | None:
        """The path of a dotted key; a key of the file may itself have dots, and a variable stand in a list."""
        value: Any = self._root
        path: list[str | int] = []
        rest = key
        while rest:
            step = _step(value, rest)
            if step is None:
                return None
            part, rest = step
            path.append(part)
            value = value[part]
        return tuple(path)


def places_of(tree: Map, kind: str, name: str) -> Mapping[str, Place]:
    """The places of one service, or of one network, by key."""
    return _Places(tree, (kind, name))


def _child(tree: Map, path: Path) -> object:
    value: object = tree
    for part in path:
        value = value.get(str(part)) if isinstance(value, Map) else None
    return value


def _step(value: object, rest: str) -> tuple[str | int, str] | None:
    head, _, tail = rest.partition(".")
    if isinstance(value, Map):
        if rest in value:
            return rest, ""
        return (head, tail) if head in value else None
    if isinstance(value, Seq):
        if head.isdigit() and int(head) < len(value):
            return int(head), tail
        for index, item in enumerate(value):
            if isinstance(item, str) and item.partition("=")[0] == rest:
                return index, ""
    return None


def _keys(value: object, prefix: str) -> Iterator[str]:
    if isinstance(value, Map):
        for key, item in value.items():
            yield f"{prefix}{key}"
            yield from _keys(item, f"{prefix}{key}.")
    elif isinstance(value, Seq):
        for index, item in enumerate(value):
            name = item.partition("=")[0] if isinstance(item, str) and "=" in item else str(index)
            yield f"{prefix}{name}"
            yield from _keys(item, f"{prefix}{index}.")
