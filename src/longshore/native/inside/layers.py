"""Short names for an image's layers: mount options must fit into one page however many layers there are."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["short_names"]


def short_names(layers: Sequence[str], folder: Path) -> str:
    """Name the layers in `folder`, where they may be named already; what `lowerdir` is for an overlay that is mounted
    from the folder above it, the last layer on top."""
    folder.mkdir(exist_ok=True)
    for number, layer in enumerate(layers):
        with suppress(FileExistsError):
            (folder / str(number)).symlink_to(layer)
    return ":".join(f"{folder.name}/{number}" for number in reversed(range(len(layers))))
