"""How many names a layer has, written down when it is published: one of which a part was removed by hand is noticed.
Dates would say it too, but change where a cache is copied. The same look tells whether names are those of whiteouts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from longshore.native.image.store.marks import WHITEOUT

__all__ = ["FIELD", "MARKED", "described", "lacks_something"]

FIELD, MARKED = "names", "whiteouts"
NEAR = 3
"""So many levels are counted by themselves: that is soon done, before each start."""


def described(root: str) -> dict[str, Any]:
    """What is written down of a layer: the names of its upper levels, and all (FIELD); that some are as a whiteout's,
    where that is so (MARKED). Raises FileNotFoundError where the root itself is gone."""
    counts: list[int] = []
    marked = False
    for names in _levels(root):
        counts.append(len(names))
        marked = marked or any(name.startswith(WHITEOUT) for name in names)
    found: dict[str, Any] = {FIELD: [sum(counts[:NEAR]), sum(counts)]}
    return {**found, MARKED: True} if marked else found


def lacks_something(root: str, info: Mapping[str, Any], *, thorough: bool) -> bool:
    """Whether a layer, of which `info` was written down, has fewer names than then: in its upper levels, or anywhere.
    What was published before names were counted has all of them."""
    known = info.get(FIELD)
    if not isinstance(known, list) or len(known) != 2:
        return False
    try:
        there = sum(map(len, _levels(root, 0 if thorough else NEAR)))
    except FileNotFoundError:
        return True
    return there < int(known[1 if thorough else 0])


def _levels(root: str, most: int = 0) -> Iterator[list[str]]:
    """The names of one level after the other; `most` levels, where it is not 0."""
    folders, depth = [root], 0
    while folders and (not most or depth < most):
        names: list[str] = []
        below: list[str] = []
        for folder in folders:
            with suppress(PermissionError):  # of somebody else, where ids are many
                for entry in os.scandir(folder):
                    names.append(entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
        yield names
        folders, depth = below, depth + 1
