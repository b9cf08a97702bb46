"""Where Longshore keeps things, by the XDG base directory specification, without importing more than os: what finds an
agent must be fast. Nobody but their owner may enter these folders: image layers hold programs that others must not run
as the owner, and state and data hold what services write."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping

__all__ = ["CACHE", "DATA", "STATE", "folder", "keep_private", "make_private"]

STATE = ("XDG_STATE_HOME", ".local/state")
DATA = ("XDG_DATA_HOME", ".local/share")
CACHE = ("XDG_CACHE_HOME", ".cache")


def folder(environ: Mapping[str, str], kind: tuple[str, str]) -> str:
    """The "longshore" folder of one kind, there or not; a variable that is not absolute does not count, as the
    specification says."""
    variable, below_home = kind
    value = environ.get(variable, "")
    if not value.startswith("/"):
        value = f"{environ.get('HOME') or os.path.expanduser('~')}/{below_home}"  # noqa: PTH111 - pathlib is slow to import
    return f"{value}/longshore"


def make_private(path: str | os.PathLike[str]) -> None:
    """Make the folder with what is above it; it is its owner's alone, also where it is there already."""
    os.makedirs(path, 0o700, exist_ok=True)  # noqa: PTH103 - pathlib is slow to import
    keep_private(path)


def keep_private(path: str | os.PathLike[str]) -> bool:
    """Close a folder of ours that others may enter (earlier versions left it so); whether it was open."""
    with contextlib.suppress(OSError):
        if os.stat(path).st_mode & 0o077:  # noqa: PTH116
            os.chmod(path, 0o700)  # noqa: PTH101
            return True
    return False
