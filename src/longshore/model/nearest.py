"""The known word that a mistyped one was most likely meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

__all__ = ["LONGEST", "nearest"]

LONGEST = 60
"""Characters from which on a word is no mistyped name; comparing long ones takes long."""


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word that is most like `word`; "" when none is near (`cutoff`: how alike they must be, 0 to 1)."""
    return _close(word, tuple(known), cutoff) if len(word) < LONGEST else ""


@lru_cache(maxsize=256)
def _close(word: str, known: tuple[str, ...], cutoff: float) -> str:
    import difflib

    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=cutoff)), "")
