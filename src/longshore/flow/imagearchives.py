"""The flows of `load` and `save`: images from archives and into them, where there is no registry."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import IO

from longshore.engine.capabilities import Loads, loading
from longshore.flow.choice.choose import asked_engine
from longshore.flow.home import Where

__all__ = ["load", "save"]


async def load(where: Where, source: Path | IO[bytes]) -> tuple[str, ...]:
    """Take in every image of an archive or of a folder; their names."""
    async with _opened(where) as engine:
        return await engine.load_images(source)


async def save(where: Where, images: Sequence[str], target: Path) -> None:
    """Write images that are here."""
    async with _opened(where) as engine:
        await engine.save_images(images, target)


@contextlib.asynccontextmanager
async def _opened(where: Where) -> AsyncIterator[Loads]:
    engine = where.engines.open(asked_engine(where.engine, where.environ, None) or "native")
    try:
        yield loading(engine)
    finally:
        await engine.close()
