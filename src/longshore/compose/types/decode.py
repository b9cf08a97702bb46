"""From the model to what Compose prints: every field converted to its Go type, in the order of Go's structs, empty
ones left out. Order and spelling count: the hash of a service is made of its printed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from longshore.compose.values.gotext import sprint
from longshore.compose.values.problems import Problems, shorten
from longshore.compose.values.tree import Map, Path, Seq, place_of, text_of

__all__ = [
    "EXTENSIONS", "OMIT", "Always", "Decoder", "Empty", "Named", "SshKeys", "Struct", "Type", "by_value", "kind_of",
]  # fmt: skip

OMIT = object()
"""The result for a value that is not printed."""
EXTENSIONS = "#extensions"

Type = Callable[["Decoder", Any, Path], Any]
"""Converts one value; raises ValueError when it cannot."""


class Decoder:
    """Converts the values of one model; errors are collected with their places."""

    def __init__(self, root: Map, problems: Problems) -> None:
        self.root = root
        self.problems = problems

    def convert(self, kind: Type, value: Any, path: Path) -> Any:
        """`value` as `kind`; OMIT after an error."""
        try:
            return kind(self, value, path)
        except ValueError as error:
            self.problems.add(f"{text_of(path)}: {error}", place_of(self.root, path))
            return OMIT


class Empty(dict[str, Any]):
    """A struct that Go holds by value and that says nothing: {} in JSON, not there in YAML."""

    __slots__ = ()


class SshKeys(tuple[tuple[str, str], ...]):
    """`build.ssh`, which Compose can print as YAML only."""

    __slots__ = ()


class Named(dict[str, Any]):
    """A mapping whose keys are names of the file's own: sorted, each format in its own way."""

    __slots__ = ()


class Always:
    """A field that is printed even when it is empty, then as `default`."""

    __slots__ = ("default", "kind")

    def __init__(self, kind: Type, default: Any = None) -> None:
        self.kind = kind
        self.default = default

    def __call__(self, decoder: Decoder, value: Any, path: Path) -> Any:
        converted = OMIT if value is None else self.kind(decoder, value, path)
        return self.default if converted is OMIT or converted == self.default else converted


def by_value(kind: Type, **empty: Any) -> Type:
    """A struct held by value; `empty` is what it prints when it says nothing."""
    return Always(kind, Empty(empty))


class Struct:
    """A mapping with known fields, in the order in which they are printed; `names` are fields that print under another
    name than the file's."""

    __slots__ = ("fields", "names")

    def __init__(self, fields: dict[str, Type], names: dict[str, str] | None = None) -> None:
        self.fields = fields
        self.names = names

    def __call__(self, decoder: Decoder, value: Any, path: Path) -> Any:
        if not isinstance(value, Map):
            raise ValueError(f"{kind_of(value)} is not a mapping")
        made: dict[str, Any] = {}
        for field, kind in self.fields.items():
            given = value.get(field)
            if given is None and type(kind) is not Always:
                continue
            converted = decoder.convert(kind, given, (*path, field))
            if converted is not OMIT:
                made[self.names[field] if self.names else field] = converted
        if any(key[:2] == "x-" for key in value):
            made[EXTENSIONS] = {key: value[key] for key in value if key.startswith("x-")}
        return made


def kind_of(value: Any) -> str:
    """What `value` is, for a message."""
    if isinstance(value, Map):
        return "a mapping"
    return "a list" if isinstance(value, Seq) else f'"{shorten(sprint(value))}"'
