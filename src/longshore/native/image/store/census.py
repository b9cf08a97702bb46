"""How many names a layer has, written down when it is published: one of which a part was removed by hand is noticed.
Dates would say it too, but change where a cache is copied."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

__all__ = ["FIELD", "counted", "lacks_something"]

FIELD = "names"
NEAR = 3
"""So many levels are counted by themselves: that is soon done, before each start."""


def counted(root: str) -> list[int]:
    """The names of its upper levels, and all. Raises FileNotFoundError where the root itself is gone."""
    levels = _levels(root)
    return [sum(levels[:NEAR]), sum(levels)]


def lacks_something(root: str, info: Mapping[str, Any], *, thorough: bool) -> bool:
    """Whether a layer, of which `info` was written down, has fewer names than then: in its upper levels, or anywhere.
    What was published before names were counted has all of them."""
    known = info.get(FIELD)
    if not isinstance(known, list) or len(known) != 2:
        return False
    try:
        levels = _levels(root, 0 if thorough else NEAR)
    except FileNotFoundError:
        return True
    return sum(levels) < int(known[1 if thorough else 0])


def _levels(root: str, most: int = 0) -> list[int]:
    """Names by how deep they are; `most` levels, where it is not 0."""
    found: list[int] = []
    folders = [root]
    while folders and (not most or len(found) < most):
        below: list[str] = []
        names = 0
        for folder in folders:
            with suppress(PermissionError):  # of somebody else, where ids are many
                for entry in os.scandir(folder):
                    names += 1
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
        found.append(names)
        folders = below
    return found
