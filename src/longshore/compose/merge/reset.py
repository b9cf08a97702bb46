"""`!reset` and `!override`: what they mark is taken out of everything read before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from longshore.compose.values.tree import Map, Path

__all__ = ["apply_resets"]


def apply_resets(tree: Map, paths: Iterable[Path]) -> None:
    """Delete the values at `paths` from `tree`, where they are. Items of lists cannot be addressed."""
    for path in paths:
        parent: Any = tree
        for part in path[:-1]:
            parent = parent.get(part) if isinstance(parent, Map) and isinstance(part, str) else None
        if path and isinstance(parent, Map) and isinstance(path[-1], str) and path[-1] in parent:
            del parent[path[-1]]
            parent.at.pop(path[-1], None)
