"""What every kind of data can do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from longshore.backup.hands import Hands
from longshore.backup.manifest import Content, Counted, compare
from longshore.backup.parts import Part
from longshore.backup.said import last_lines
from longshore.model.errors import ShoreError
from longshore.model.record import replace

__all__ = ["Kind", "failed", "refuse_difference"]


class Kind(Protocol):
    """One part of one stack. `folder` is this part's own in a snapshot that is being made, or was fetched."""

    def __init__(self, hands: Hands, part: Part) -> None: ...

    async def keep(self, folder: Path) -> Content:
        """Write files that hold all of it, of one moment; what they hold. Raises ShoreError."""
        ...

    async def count(self, folder: Path) -> Content:
        """What is there now, in the same figures; `folder` is for files on the way. Raises ShoreError."""
        return await self.keep(folder)

    async def hasten(self) -> None:
        """Let the server of a copy, which nobody needs after a fall of the machine, not wait for the disk, where it
        can; one that cannot does nothing."""
        return

    async def put(self, folder: Path, kept: Content, stamp: str) -> str:
        """Put what was kept in the place of what is there, when it has been seen to be whole; where the old is now, ""
        for nowhere. Raises ShoreError: then what was there is there as before."""
        ...

    async def forget(self) -> tuple[str, ...]:
        """Remove what earlier restores have put aside; what that was."""
        ...


def failed(part: Part, what: str, code: int, said: str, hint: str = "") -> ShoreError:
    return ShoreError(f"{part.name}: {what} failed with code {code}", details=last_lines(said), hint=hint)


def refuse_difference(
    part: Part, kept: Content, there: Iterable[Counted], database: str = "", what: str = "what was restored"
) -> None:
    """Raise ShoreError where `there` is not what the manifest says, of one `database` or of all: nothing has been put
    in its place yet."""
    mark = f"{database}: " if database else ""
    own = replace(kept, counted=tuple(one for one in kept.counted if one.name.startswith(mark)))
    wrong = [f"{one.name} {one.text}" for one in compare(own, replace(kept, counted=tuple(there)))]
    if wrong:
        raise ShoreError(
            f"{part.name}: {what} is not what was kept; the live data is as it was",
            details=tuple(wrong[:5]), hint="use another snapshot",
        )  # fmt: skip
