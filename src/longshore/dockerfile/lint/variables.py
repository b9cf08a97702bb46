"""Variables that are used and that nobody has set, and the one that was likely meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from longshore.dockerfile.expand import expand, expand_document

__all__ = ["suggestion", "undefined"]

FARTHEST = 2
"""Changes of one letter up to which a name is taken for a mistyped one."""


class _Seen(dict[str, str]):
    """Values that remember what was asked for and is not among them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.missing: dict[str, None] = {}

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        if name not in self:
            self.missing[name] = None
        return super().get(name, default)


def undefined(text: str, values: Mapping[str, str], escape: str, *, document: bool = False) -> tuple[str, ...]:
    """The names in `text`, each once, that have no value. ValueError for a broken form."""
    seen = _Seen(values)
    expand_document(text, seen) if document else expand(text, seen, escape=escape)
    return tuple(seen.missing)


def suggestion(name: str, known: Iterable[str], before: str = "") -> str:
    """ " (did you mean …?)" with the name that is next to it; "" when none is near."""
    best, least = "", FARTHEST + 1
    for other in known:
        far = _changes(name, other)
        if far < least:
            best, least = other, far
    return f" (did you mean {before}{best}?)" if best else ""


def _changes(one: str, other: str) -> int:
    """How many letters have to be changed, put in or left out to make one of the other."""
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        before, row[0] = row[0], index
        for place, second in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != second))
    return row[-1]
