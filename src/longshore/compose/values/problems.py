"""What is wrong with the files: collected, so that all mistakes of a file are told at once, each once."""

from __future__ import annotations

from collections.abc import Callable

from longshore.model.errors import Place, ShoreError, all_in_one

__all__ = ["Problems", "Warn", "shorten"]

MAX_SHOWN = 50

Warn = Callable[[str, Place | None], None]


class Problems:
    """Collects errors until `check`, and passes warnings on, each once."""

    def __init__(self, warn_to: Warn) -> None:
        self.warn_to = warn_to
        self.errors: list[ShoreError] = []
        self._warned: set[tuple[str, str]] = set()
        self._places: set[tuple[str, str]] = set()

    def add(self, what: str, place: Place | None, hint: str = "") -> None:
        """Remember an error; a second one at the very same place adds nothing for the reader and is left out."""
        known = (str(place), "" if place else what)
        if known not in self._places:
            self._places.add(known)
            self.errors.append(ShoreError(what, place=place, hint=hint))

    def warn(self, what: str, place: Place | None = None) -> None:
        """Pass a warning on, unless the same was said before."""
        known = (what, place.file if place else "")
        if known not in self._warned:
            self._warned.add(known)
            self.warn_to(what, place)

    def joined(self, error: ShoreError) -> ShoreError:
        """`error`, which ends the loading, together with what was found before it."""
        if not self.errors:
            return error
        self.errors.append(error)
        return self._taken()

    def check(self) -> None:
        """Raise what was found so far, in the order of the files."""
        if self.errors:
            raise self._taken()

    def _taken(self) -> ShoreError:
        total = len(self.errors)
        found = sorted(self.errors, key=lambda e: (e.place.line, e.place.column) if e.place else (0, 0))
        self.errors = []
        if total > MAX_SHOWN:
            found = [*found[:MAX_SHOWN], ShoreError(f"and {total - MAX_SHOWN:,} more", hint="mend these first")]
        return all_in_one(found)


def shorten(text: str, most: int = 80) -> str:
    """`text` for a message of one line."""
    line = text.replace("\n", "\\n")
    return line if len(line) <= most else line[: most - 3] + "..."
