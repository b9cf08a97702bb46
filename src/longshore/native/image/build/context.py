"""Where a build reads from: the files of a directory that `.dockerignore` lets through, and those of a stage or
image."""

# ruff: noqa: PTH115, PTH208
from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from longshore.dockerfile.patterns import Matched, Patterns, go_match, has_meta, pattern_error
from longshore.model.record import record
from longshore.native.image.store.digest import Digests
from longshore.native.image.store.tree import MAX_LINKS, LayerTree, NotThereError

__all__ = ["Entry", "LayerSource", "LocalContext", "Source", "matches"]


@record
class Entry:
    """One file or directory to copy: `path` relative to the source's root, `real` where it lies on the host."""

    path: str
    real: str
    is_dir: bool

    @property
    def name(self) -> str:
        return posixpath.basename(self.path)


def entry_at(path: str, real: str) -> Entry:
    return Entry(path, real, stat.S_ISDIR(os.lstat(real).st_mode))


class Source(Protocol):
    """Where COPY, ADD and bind mounts read: a directory, or another stage's files."""

    key: str
    """Stands for all of the content; "" where each file counts by its own."""

    def find(self, path: str) -> Entry | None:
        """The entry at `path`, links in it followed inside the source, which nothing leads out of."""
        ...

    def children(self, entry: Entry) -> Iterator[Entry]:
        """What is directly in a directory, sorted by name."""
        ...

    def owner(self, info: os.stat_result) -> tuple[int, int]:
        """Whom a file with these properties belongs to where it is copied."""
        ...

    def is_undated(self, entry: Entry) -> bool:
        """Whether the directory's own date means nothing."""
        ...


class LocalContext:
    """A directory of the host under its `.dockerignore`. Everything in it belongs to root."""

    key = ""

    def __init__(self, directory: Path, ignore: Patterns, digests: Digests) -> None:
        self.directory = directory
        self.ignore = ignore
        self.digests = digests
        self._above: dict[str, Matched] = {"": None}
        self._holding: dict[str, bool] = {}

    def find(self, path: str) -> Entry | None:
        current = ""
        waiting = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        links = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                current = posixpath.dirname(current)
                continue
            following = f"{current}/{part}" if current else part
            link = self._link(following)
            if link is None:
                current = following
                continue
            links += 1
            if links > MAX_LINKS:
                return None
            current = "" if link.startswith("/") else current
            waiting += [name for name in reversed(link.split("/")) if name not in ("", ".")]
        entry = self._entry(current)
        return entry if entry is not None and self._shown(entry) else None

    def _link(self, path: str) -> str | None:
        """Where the link at `path` leads; None when there is none, or `.dockerignore` leaves it out."""
        real = f"{self.directory}/{path}"
        return os.readlink(real) if os.path.islink(real) and not self.ignore.takes(path) else None  # noqa: PTH114

    def _entry(self, path: str) -> Entry | None:
        real = f"{self.directory}/{path}" if path else str(self.directory)
        try:
            return entry_at(path, real)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _shown(self, entry: Entry) -> bool:
        """Whether it is let through, or holds something that is."""
        if not entry.path or not self._matched(entry.path)[0]:
            return True
        if not entry.is_dir or not self.ignore.may_except_below(entry.path):
            return False
        if entry.path not in self._holding:
            self._holding[entry.path] = next(self.children(entry), None) is not None
        return self._holding[entry.path]

    def _matched(self, path: str) -> tuple[bool, Matched]:
        parent = posixpath.dirname(path)
        if parent not in self._above:
            self._above[parent] = self._matched(parent)[1]
        return self.ignore.match(path, self._above[parent])

    def children(self, entry: Entry) -> Iterator[Entry]:
        for name in sorted(os.listdir(entry.real), key=os.fsencode):
            path = f"{entry.path}/{name}" if entry.path else name
            child = entry_at(path, f"{entry.real}/{name}")
            if self._shown(child):
                yield child

    def owner(self, info: os.stat_result) -> tuple[int, int]:
        return 0, 0

    def is_undated(self, entry: Entry) -> bool:
        return not entry.path

    def digest(self, entry: Entry) -> str:
        """A digest of the entry's own content and mode."""
        return self.digests.of(entry.real)


class LayerSource:
    """The files of a stage or an image; `key` stands for all of their content."""

    def __init__(self, tree: LayerTree, key: str) -> None:
        self.tree = tree
        self.key = key

    def find(self, path: str) -> Entry | None:
        try:
            resolved = self.tree.resolve(path)
            real = self.tree.real_at(resolved)
        except NotThereError:
            return None
        return entry_at(resolved.strip("/"), real) if real is not None else None

    def children(self, entry: Entry) -> Iterator[Entry]:
        found = self.tree.listdir("/" + entry.path)
        for name in sorted(found, key=os.fsencode):
            yield entry_at(f"{entry.path}/{name}" if entry.path else name, found[name])

    def owner(self, info: os.stat_result) -> tuple[int, int]:
        return info.st_uid, info.st_gid

    def is_undated(self, entry: Entry) -> bool:
        return False


def matches(source: Source, pattern: str) -> list[tuple[str, Entry]]:
    """The entries that a source of COPY names, each with the name it was found by: itself, or all that a pattern fits.
    The first part of the path without a pattern may lead over links, the rest not; what is found may be a link, and
    then it is what the link leads to."""
    parts = [part for part in posixpath.normpath("/" + pattern).split("/") if part]
    if has_meta(pattern) and pattern_error(pattern):
        raise ValueError(f"{pattern} is not a pattern: {pattern_error(pattern)}")
    fixed = next((index for index, part in enumerate(parts) if has_meta(part)), len(parts))
    start = source.find("/".join(parts[:fixed]))
    if start is None:
        return []
    if fixed == len(parts):
        return [(parts[-1] if parts else "", start)]
    if not start.is_dir:
        return []
    found: list[tuple[str, Entry]] = []
    for entry in _descend(source, start, parts[fixed:]):
        followed = source.find(entry.path)
        if followed is not None:
            found.append((entry.name, followed))
    return found


def _descend(source: Source, directory: Entry, parts: list[str]) -> Iterator[Entry]:
    first, rest = parts[0], parts[1:]
    for child in source.children(directory):
        if not go_match(first, child.name):
            continue
        if not rest:
            yield child
        elif child.is_dir:
            yield from _descend(source, child, rest)
