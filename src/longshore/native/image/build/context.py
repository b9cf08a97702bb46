"""A build context: the files of a directory that `.dockerignore` lets through, and nothing outside of it."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from longshore.dockerfile.patterns import Ignore, go_match, has_meta, read_ignore
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.store.digest import Digests
from longshore.native.image.store.tree import LayerTree, NotThereError

__all__ = ["Entry", "LayerSource", "LocalContext", "Source", "find_ignore"]


@record
class Entry:
    """One file or directory to copy: `path` relative to the source's root, `real` where it lies on the host."""

    path: str
    real: str
    is_dir: bool


def entry_at(path: str, real: str) -> Entry:
    return Entry(path, real, stat.S_ISDIR(os.lstat(real).st_mode))


class Source(Protocol):
    """Where COPY, ADD and bind mounts read: a directory, or another stage's files."""

    def lookup(self, path: str) -> Entry | None:
        """The entry at `path`, links in it followed inside the source."""
        ...

    def children(self, entry: Entry) -> Iterator[Entry]:
        """What is directly in a directory, sorted by name."""
        ...

    def below(self, entry: Entry) -> Iterator[Entry]:
        """All below a directory, each directory before what is in it."""
        ...


class LocalContext:
    """A directory of the host under its `.dockerignore`."""

    def __init__(self, directory: Path, ignore: Ignore, digests: Digests) -> None:
        self.directory = directory
        self.ignore = ignore
        self.digests = digests

    def lookup(self, path: str) -> Entry | None:
        """Raises ShoreError when a link leads out of the context: what is not sent is not there."""
        relative = self._inside(path)
        if relative is None or (relative and self.ignore.excludes(relative) and not self._reopened(relative)):
            return None
        real = str(self.directory / relative) if relative else str(self.directory)
        return entry_at(relative, real) if os.path.lexists(real) else None

    def _reopened(self, relative: str) -> bool:
        return (self.directory / relative).is_dir() and self.ignore.may_hold_included(relative)

    def _inside(self, path: str) -> str | None:
        """`path` with links followed, relative to the context; None when it does not exist."""
        clean = posixpath.normpath("/" + path).lstrip("/")
        real = os.path.realpath(self.directory / clean)
        root = os.path.realpath(self.directory)
        if real != root and not real.startswith(root + os.sep):
            raise ShoreError(
                f"{path} leads out of the build context, to {real}",
                hint="copy the file into the context, or name its directory in build.additional_contexts",
            )
        return "" if real == root else os.path.relpath(real, root)

    def children(self, entry: Entry) -> Iterator[Entry]:
        for name in sorted(os.listdir(entry.real)):  # noqa: PTH208
            path = f"{entry.path}/{name}" if entry.path else name
            child = entry_at(path, f"{entry.real}/{name}")
            if not self.ignore.excludes(path) or (child.is_dir and self.ignore.may_hold_included(path)):
                yield child

    def below(self, entry: Entry) -> Iterator[Entry]:
        for child in self.children(entry):
            yield child
            if child.is_dir:
                yield from self.below(child)

    def digest(self, entry: Entry) -> str:
        """A digest of the entry's own content and mode."""
        return self.digests.of(entry.real)


class LayerSource:
    """The files of a stage or an image; `key` stands for all of their content."""

    def __init__(self, tree: LayerTree, key: str) -> None:
        self.tree = tree
        self.key = key

    def lookup(self, path: str) -> Entry | None:
        try:
            resolved = self.tree.resolve(path)
            real = self.tree.real(resolved)
        except NotThereError:
            return None
        return entry_at(resolved.strip("/"), real) if real is not None else None

    def children(self, entry: Entry) -> Iterator[Entry]:
        for name, real in sorted(self.tree.listdir("/" + entry.path).items()):
            yield entry_at(f"{entry.path}/{name}" if entry.path else name, real)

    def below(self, entry: Entry) -> Iterator[Entry]:
        prefix = f"{entry.path}/" if entry.path else ""
        for relative, real, is_dir in self.tree.walk("/" + entry.path):
            yield Entry(prefix + relative, real, is_dir)


def matches(source: Source, pattern: str) -> list[Entry]:
    """The entries that a COPY source names: itself, or all that a pattern fits, in order of their names."""
    clean = posixpath.normpath("/" + pattern).lstrip("/")
    if not has_meta(clean):
        found = source.lookup(clean)
        return [found] if found else []
    root = source.lookup("")
    return sorted(_descend(source, root, clean.split("/")), key=lambda entry: entry.path) if root else []


def _descend(source: Source, directory: Entry, parts: list[str]) -> Iterator[Entry]:
    first, rest = parts[0], parts[1:]
    if first == "**":
        if rest:
            yield from _descend(source, directory, rest)
        for child in source.children(directory):
            if not rest:
                yield child
            elif child.is_dir:
                yield from _descend(source, child, parts)
        return
    for child in source.children(directory):
        if not go_match(first, child.path.rpartition("/")[2]):
            continue
        if not rest:
            yield child
        elif child.is_dir:
            yield from _descend(source, child, rest)


def walk(source: Source, entry: Entry) -> Iterator[Entry]:
    """`entry` and all below it, a directory before what is in it."""
    yield entry
    if entry.is_dir:
        yield from source.below(entry)


def find_ignore(context: Path, dockerfile: Path | None) -> Ignore:
    """`<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` at the context's root."""
    candidates = [dockerfile.with_name(dockerfile.name + ".dockerignore")] if dockerfile else []
    for path in (*candidates, context / ".dockerignore"):
        if path.is_file():
            return Ignore(read_ignore(path.read_text(errors="replace")))
    return Ignore(())
