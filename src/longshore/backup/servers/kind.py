"""What every kind of data can do."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from longshore.backup.hands import Hands
from longshore.backup.manifest import Content
from longshore.backup.parts import Part
from longshore.model.errors import ShoreError

__all__ = ["Kind", "failed"]


class Kind(Protocol):
    """One part of one stack. `folder` is this part's own in a snapshot that is being made, or was fetched."""

    def __init__(self, hands: Hands, part: Part) -> None: ...

    async def keep(self, folder: Path) -> Content:
        """Write files that hold all of it, of one moment; what they hold. Raises ShoreError."""
        ...

    async def put(self, folder: Path, kept: Content, stamp: str) -> str:
        """Put what was kept in the place of what is there, when it has been seen to be whole; where the old is now, ""
        for nowhere. Raises ShoreError: then what was there is there as before."""
        ...

    async def forget(self) -> tuple[str, ...]:
        """Remove what earlier restores have put aside; what that was."""
        ...


def failed(part: Part, what: str, code: int, said: str, hint: str = "") -> ShoreError:
    lines = tuple(line for line in said.splitlines() if line.strip())[-5:]
    return ShoreError(f"{part.name}: {what} failed with code {code}", details=lines, hint=hint)
