"""The tree that all phases of loading work on: plain YAML values that remember where in the files they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from longshore.model.errors import Place

__all__ = ["At", "Map", "Mark", "Path", "Rules", "Seq", "clone", "place_of", "rules", "text_of"]


class Mark(Protocol):
    """Where a token starts; line and column count from 0 (libyaml's own object, kept as it is)."""

    name: str
    line: int
    column: int


At = tuple[Mark | None, Mark | None]
"""The marks of a key and of its value; of an item of a sequence twice the same."""

Path = tuple[str | int, ...]

NOWHERE: At = (None, None)


class Map(dict[str, Any]):
    """A mapping of the file. `at` holds the marks of the keys that came from a file."""

    __slots__ = ("at",)

    def __init__(self, values: Mapping[str, Any] | None = None, at: dict[str, At] | None = None) -> None:
        super().__init__(values or ())
        self.at: dict[str, At] = {} if at is None else at

    def take(self, key: str, source: Map, source_key: str | None = None) -> None:
        """Set `key` to the value and the place that it has in `source`."""
        name = key if source_key is None else source_key
        self[key] = source[name]
        at = source.at.get(name)
        if at is not None:
            self.at[key] = at


class Seq(list[Any]):
    """A sequence of the file. `at` runs parallel to the items."""

    __slots__ = ("at",)

    def __init__(self, values: list[Any] | None = None, at: list[At] | None = None) -> None:
        super().__init__(values or ())
        self.at: list[At] = [NOWHERE] * len(self) if at is None else at

    def add(self, value: Any, at: At = NOWHERE) -> None:
        """Append `value`, which stands at `at`."""
        self.append(value)
        self.at.append(at)

    def join(self, other: Seq) -> None:
        """Append all items of `other`."""
        self.extend(other)
        self.at.extend(other.at)

    def pairs(self) -> Iterator[tuple[Any, At]]:
        """The items with their marks."""
        return zip(self, self.at, strict=True)


def clone(value: Any) -> Any:
    """A deep copy; scalars and marks are shared."""
    if isinstance(value, Map):
        copy = Map(None, dict(value.at))
        for key, item in value.items():
            copy[key] = clone(item) if isinstance(item, (Map, Seq)) else item
        return copy
    if isinstance(value, Seq):
        return Seq([clone(i) if isinstance(i, (Map, Seq)) else i for i in value], list(value.at))
    return value


def place_of(root: Any, path: Path, *, key: bool = False) -> Place | None:
    """Where the value at `path` under `root` stands, or the nearest thing above it that came from a file.
    With `key`, where its key stands."""
    found: Mark | None = None
    value = root
    for position, part in enumerate(path):
        at = _at(value, part)
        last = position == len(path) - 1
        mark = at[0] if key and last else at[1]
        found = mark or found
        value = _child(value, part)
    return None if found is None else Place(found.name, found.line + 1, found.column + 1)


def _at(value: Any, part: str | int) -> At:
    if isinstance(value, Map):
        return value.at.get(str(part), NOWHERE)
    if isinstance(value, Seq) and isinstance(part, int) and 0 <= part < len(value.at):
        return value.at[part]
    return NOWHERE


def _child(value: Any, part: str | int) -> Any:
    if isinstance(value, Map):
        return value.get(str(part))
    if isinstance(value, Seq) and isinstance(part, int) and 0 <= part < len(value):
        return value[part]
    return None


def text_of(path: Path) -> str:
    """`path` as people read it: services.web.ports.0"""
    return ".".join(map(str, path))


Rules = dict[str | None, Any]
"""A trie of path patterns: each level by key or "*"; what a complete pattern stands for is kept under None."""


def rules(table: Mapping[str, Any]) -> Rules:
    """The trie of a table of dotted patterns, where "*" is any key or any position in a sequence."""
    root: Rules = {}
    for pattern, meaning in table.items():
        node = root
        for part in pattern.split("."):
            node = node.setdefault(part, {})
        node[None] = meaning
    return root
