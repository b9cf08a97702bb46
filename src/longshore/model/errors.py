"""Errors that a user sees: one line that says what and where, one that says what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from longshore.model.nearest import nearest
from longshore.model.record import record

__all__ = ["NotHereError", "Place", "ShoreError", "ShoreErrors", "UsageError", "all_in_one", "unknown_service"]


@record
class Place:
    """Where in the user's files something stands. `line` and `column` count from 1; 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class ShoreError(Exception):
    """A handled error. `what` is one line (file, line, service and key included where known through `place` and the
    text); `hint` says what to do; `details` are further lines (a process's last output) shown under the first.
    The command ends with `exit_code`."""

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        hint: str = "",
        place: Place | None = None,
        details: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.place = place
        self.details = details

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.place else self.what


class UsageError(ShoreError):
    """The command line itself is wrong (unknown flag, bad value): exit 2."""

    exit_code = 2


class NotHereError(UsageError):
    """The command line asks for a command or flag that this program has not; docker compose may have it."""


class ShoreErrors(ShoreError):
    """Several errors found at once (all mistakes of a Compose file, all taken ports), in the order of the files."""

    def __init__(self, errors: tuple[ShoreError, ...]) -> None:
        super().__init__(errors[0].what, hint=errors[0].hint, place=errors[0].place, details=errors[0].details)
        self.errors = errors


def all_in_one(errors: Sequence[ShoreError]) -> ShoreError:
    """The error itself where there is one alone, else all of them as one. `errors` is not empty."""
    return errors[0] if len(errors) == 1 else ShoreErrors(tuple(errors))


def unknown_service(name: str, known: Iterable[str]) -> ShoreError:
    """The error for a service that is not among those that are `known`, with the nearest one."""
    names = list(known)
    close = nearest(name, names)
    there = f"there are: {', '.join(sorted(names))}" if names else "nothing of this project is here"
    return ShoreError(f'there is no service "{name}"', hint=f"did you mean {close}?" if close else there)
