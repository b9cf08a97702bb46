"""The flows of `export` and `commit`: a container as an archive, or as an image."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from longshore.engine.base import Engine
from longshore.engine.capabilities import exporting
from longshore.model.errors import ShoreError
from longshore.state.observed import Container

__all__ = ["archive_to", "exported"]


async def exported(engine: Engine, container: Container, file: IO[bytes]) -> None:
    """Write the container's file system as one archive."""
    await exporting(engine).export(container, file)
    file.flush()


@contextlib.contextmanager
def archive_to(path: str) -> Iterator[IO[bytes]]:
    """A file that is only its owner's and is there when it is whole. ShoreError where it cannot be."""
    target = Path(path)
    folder = target.parent
    if target.is_dir() or not folder.is_dir():
        what = f"{path} is a folder" if target.is_dir() else f"there is no folder {folder}"
        raise ShoreError(f"nothing can be written to it: {what}", hint="name a file in a folder that is there")
    with contextlib.ExitStack() as undo:
        file = tempfile.NamedTemporaryFile(dir=folder, prefix=".shore-export-", delete=False)  # noqa: SIM115
        undo.callback(Path(file.name).unlink)
        with file:
            yield file
        Path(file.name).replace(target)
        undo.pop_all()
