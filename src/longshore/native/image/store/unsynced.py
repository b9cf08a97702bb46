"""Layers whose bytes may be in memory alone: after a crash of the machine they are not what they were. Each is marked
with the boot that made it until the file system was synced; one of another boot is taken away, and fetched again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from longshore.state.boot import boot_id

__all__ = ["begin_sync", "doubtful", "mark"]

_SYNC = 'place=$1; shift; (sync -f "$place" && rm -f -- "$@") &'


def mark(folder: Path, key: str) -> None:
    """A layer of this name is about to appear."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / key).write_text(boot_id(), encoding="ascii")


def doubtful(folder: Path) -> Iterator[str]:
    """Layers of another boot. Their marks are to go when they have gone."""
    boot = boot_id() if folder.is_dir() else ""
    for path in folder.glob("*"):
        with suppress(OSError):
            if path.read_text(encoding="ascii", errors="replace") != boot:
                yield path.name


def begin_sync(folder: Path) -> None:
    """Have the file system synced, beside whatever we do next, and the marks of now removed then."""
    marks = [str(path) for path in folder.glob("*")]
    if not marks or not shutil.which("sync"):
        return
    with suppress(OSError):
        subprocess.run(
            ["/bin/sh", "-c", _SYNC, "sync", str(folder), *marks],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )  # fmt: skip
