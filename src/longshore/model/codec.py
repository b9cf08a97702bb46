"""Records to JSON and back, by their type hints: events, what travels to native's agent, what its state file holds."""

from __future__ import annotations

import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from longshore.model.record import default, fields, is_record

__all__ = ["decode", "encode", "encode_whole"]

T = TypeVar("T")

_HINTS: dict[Any, dict[str, Any]] = {}


def encode(value: Any, *, skip: frozenset[str] = frozenset()) -> Any:
    """`value` as what json.dumps takes. A field that equals its default is left out, as are the fields in `skip`."""
    if isinstance(value, _PLAIN):
        return value
    kind: Any = type(value)
    plan = _plan(kind)
    if plan is not None:
        items = ((name, getattr(value, name), usual) for name, usual in plan if name not in skip)
        return {name: encode(item) for name, item, usual in items if item is not usual and item != usual}
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [encode(item) for item in value]
    return value


def encode_whole(value: Any, *, skip: frozenset[str] = frozenset()) -> Any:
    """As `encode`, with every field: for readers who know no defaults."""
    if is_record(value):
        return {name: encode_whole(getattr(value, name)) for name in fields(value) if name not in skip}
    if isinstance(value, list | tuple | frozenset):
        return [encode_whole(item) for item in value]
    return encode(value)


_PLAIN = (str, int, float, bool, type(None))


@cache
def _plan(kind: Any) -> tuple[tuple[str, Any], ...] | None:
    """Each field of a record with its default (MISSING when it has none); None for what is no record."""
    if not is_record(kind):
        return None
    return tuple((name, default(kind, name)) for name in fields(kind))


def decode(kind: type[T], data: Any) -> T:
    """The record `kind` from what `encode` made of it. Keys that it does not know are left aside."""
    hints = _HINTS.get(kind) or _HINTS.setdefault(kind, get_type_hints(kind))
    known = {name: _value(hints[name], item) for name, item in data.items() if name in hints}
    return kind(**known)


def _value(hint: Any, data: Any) -> Any:
    origin = get_origin(hint)
    if data is None or origin is Literal:
        return data
    if isinstance(hint, type) and is_record(hint):
        return decode(hint, data)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if origin in (Union, types.UnionType):
        return _value(next(part for part in get_args(hint) if part is not type(None)), data)
    if origin in (tuple, frozenset):
        return origin(_value(get_args(hint)[0], item) for item in data)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _value(get_args(hint)[1], item) for key, item in data.items()}
    return data
