"""The one table of every attribute of the Compose Specification: what it may be, what it means, and what each engine
does with it. The schema checks values with it, the engines warn from it, the reference page is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longshore.model.specification.attribute import Attribute, Support
from longshore.model.specification.build import BUILD, DEPLOY, DEVELOP
from longshore.model.specification.resources import RESOURCES, TOP
from longshore.model.specification.service import SERVICE

__all__ = ["ATTRIBUTES", "Attribute", "Support", "used_attributes"]

ATTRIBUTES: tuple[Attribute, ...] = (*TOP, *SERVICE, *BUILD, *DEPLOY, *DEVELOP, *RESOURCES)

_BY_PATH: Mapping[str, Attribute] = {attribute.path: attribute for attribute in ATTRIBUTES}


def used_attributes(raw: Mapping[str, Any], above: str) -> Iterator[tuple[Attribute, str]]:
    """The attributes that a canonical mapping uses, each with its own dotted path; `above` is the pattern of the
    mapping itself, such as "services.*". Values that say nothing (null, false, an empty mapping) do not count."""
    yield from _used(raw, above, "")


def _used(value: Any, pattern: str, path: str) -> Iterator[tuple[Attribute, str]]:
    for key, item in _entries(value):
        if item is None or item is False or item == {}:
            continue
        here = f"{path}.{key}" if path else str(key)
        known = f"{pattern}.{key}" if f"{pattern}.{key}" in _BY_PATH else f"{pattern}.*"
        attribute = _BY_PATH.get(known)
        if attribute is not None:
            yield attribute, here
            yield from _used(item, known, here)


def _entries(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, (list, tuple)):
        yield from enumerate(value)
