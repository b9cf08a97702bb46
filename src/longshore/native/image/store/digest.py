"""Content digests of a build's files, remembered by what stat tells, so that a second build reads nothing again."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from pathlib import Path
from typing import Any

from longshore.native.image.store.cache import Cache

__all__ = ["Digests"]

RACY_NANOSECONDS = 2_000_000_000
"""A file changed this shortly before it was read could change again with the same time stamp: not remembered
(git's "racy clean" problem)."""


class Digests:
    """Digests of the files below one directory. `save` keeps them for the next build."""

    def __init__(self, cache: Cache, directory: str) -> None:
        name = hashlib.sha256(directory.encode()).hexdigest()[:32]
        self.path = cache.directory / "digests" / f"{name}.json"
        self.cache = cache
        self.known: dict[str, list[Any]] = _load(self.path)
        self.changed = False

    def of(self, path: str) -> str:
        """A digest of what COPY takes from a file: kind, permissions, and bytes or the link's target; not its times."""
        info = os.lstat(path)
        mode = stat.S_IMODE(info.st_mode)
        if stat.S_ISLNK(info.st_mode):
            return f"l:{os.readlink(path)}"  # noqa: PTH115
        if stat.S_ISDIR(info.st_mode):
            return f"d:{mode:o}"
        if not stat.S_ISREG(info.st_mode):
            return f"s:{stat.S_IFMT(info.st_mode):o}:{mode:o}"
        return f"f:{mode:o}:{self._content(path, info)}"

    def _content(self, path: str, info: os.stat_result) -> str:
        stamp = [info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino]
        known = self.known.get(path)
        if known is not None and known[:4] == stamp:
            return str(known[4])
        with Path(path).open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        if time.time_ns() - max(info.st_mtime_ns, info.st_ctime_ns) > RACY_NANOSECONDS:
            self.known[path] = [*stamp, digest]
            self.changed = True
        return digest

    def save(self) -> None:
        if self.changed:
            self.cache.write_json(self.path, self.known)
            self.changed = False


def _load(path: Path) -> dict[str, list[Any]]:
    try:
        loaded = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
