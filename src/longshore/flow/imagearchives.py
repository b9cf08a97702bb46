"""The flows of `load` and `save`: images from archives and into them, where there is no registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from longshore.engine.capabilities import loading
from longshore.flow.home import Where, opened

__all__ = ["load", "save"]


async def load(where: Where, source: Path | IO[bytes]) -> tuple[str, ...]:
    """Take in every image of an archive or of a folder; their names."""
    async with opened(where) as engine:
        return await loading(engine).load_images(source)


async def save(where: Where, images: Sequence[str], target: Path) -> None:
    """Write images that are here."""
    async with opened(where) as engine:
        await loading(engine).save_images(images, target)
