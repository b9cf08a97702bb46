"""What an engine keeps of images and builds, and which of it may go. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from longshore.model.record import record

__all__ = ["Kept", "to_remove"]


@record
class Kept:
    """Something in a cache: its kind and name, `size` in bytes that its removal would free, when it was last of use
    (seconds since the epoch), whether something needs it now, and where it is."""

    kind: str
    name: str
    size: int
    used: float
    in_use: bool
    place: str = ""


def to_remove(kept: Iterable[Kept], *, before: float, most: int | None) -> tuple[Kept, ...]:
    """Of what nothing uses: all that was last of use `before` that time, and with `most` (bytes) then the oldest, until
    no more than that is left. Pure."""
    everything = list(kept)
    left = sum(one.size for one in everything)
    chosen: list[Kept] = []
    for one in sorted((one for one in everything if not one.in_use), key=lambda one: one.used):
        if one.used < before or (most is not None and left > most):
            chosen.append(one)
            left -= one.size
    return tuple(chosen)
