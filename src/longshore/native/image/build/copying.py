"""COPY and ADD: which files go where, the key of that, and a layer with them. Follows the rules of the Dockerfile
reference: a trailing slash or several sources mean a directory, a directory's contents are copied, not itself."""

# strings throughout, not Path: trees of many thousand files go through here
# ruff: noqa: PTH101, PTH103, PTH108, PTH112, PTH114, PTH115, PTH211
from __future__ import annotations

import os
import posixpath
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from longshore.dockerfile.patterns import Ignore, has_meta
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.build.context import Entry, Source, matches, walk
from longshore.native.image.store.tree import LayerTree

__all__ = ["Copy", "Item", "LayerWriter", "parse_mode", "plan"]


@record
class Item:
    """One thing to make in the layer: `entry` at `target` (absolute), or a file with `text`."""

    target: str
    entry: Entry | None = None
    text: str | None = None


@record
class Copy:
    """The wish of one instruction, its words expanded. `owner` (uid, gid); `mode` None keeps the files' own."""

    sources: tuple[str, ...]
    target: str
    texts: tuple[tuple[str, str], ...] = ()
    owner: tuple[int, int] = (0, 0)
    mode: int | None = None
    parents: bool = False
    exclude: tuple[str, ...] = ()


def parse_mode(text: str) -> int:
    """--chmod: octal digits."""
    try:
        return int(text, 8)
    except ValueError:
        raise ValueError(f"--chmod={text}: octal digits are expected, such as 755") from None


def plan(copy: Copy, source: Source, tree: LayerTree) -> list[Item]:
    """Every file and directory to make, in order. ShoreError when a source fits nothing."""
    found = [(word, entry) for word in copy.sources for entry in _found(source, word)]
    directory = copy.target.endswith(("/", "/.")) or len(found) + len(copy.texts) > 1 or tree.is_dir(copy.target)
    items = list(_items(copy, source, found, directory))
    for name, text in copy.texts:
        target = f"{copy.target.rstrip('/')}/{name}" if directory else copy.target
        items.append(Item(target, text=text))
    return items


def _found(source: Source, word: str) -> list[Entry]:
    entries = matches(source, word.replace("/./", "/"))
    if not entries and not has_meta(word):  # a pattern may fit nothing: package-lock.json*
        raise ShoreError(
            f"{word} is not in the build context",
            hint="check the path and .dockerignore: what it leaves out is not there",
        )
    return entries


def _items(copy: Copy, source: Source, found: Sequence[tuple[str, Entry]], directory: bool) -> Iterator[Item]:
    ignore = Ignore(copy.exclude)
    for word, top in found:
        base = _base(copy, word, top, directory)
        for entry in walk(source, top):
            relative = entry.path[len(top.path) :].strip("/")
            if relative and ignore.excludes(relative):
                continue
            target = posixpath.normpath(f"{base}/{relative}") if relative else base
            yield Item(target, entry)


def _base(copy: Copy, word: str, top: Entry, directory: bool) -> str:
    """Where `top` itself goes."""
    target = copy.target.removesuffix("/.").rstrip("/") or "/"
    if copy.parents:
        kept = top.path
        if "/./" in word:
            kept = posixpath.relpath("/" + top.path, "/" + word.partition("/./")[0].strip("/"))
        return posixpath.normpath(f"{target}/{kept}")
    if top.is_dir or not directory:
        return posixpath.normpath(target)
    return posixpath.normpath(f"{target}/{posixpath.basename(top.path) or posixpath.basename(word)}")


class LayerWriter:
    """Writes into the root of a new layer what an overlay of `tree` and this layer then shows."""

    def __init__(self, root: Path, tree: LayerTree, owner: tuple[int, int], mode: int | None) -> None:
        self.root = root
        self.tree = tree
        self.owner = owner
        self.mode = mode
        self.as_root = os.geteuid() == 0
        self._resolved: dict[str, str] = {}
        self._fresh: set[str] = set()
        root.mkdir(parents=True, exist_ok=True)
        self._like_below("/", str(root))

    def write(self, item: Item) -> None:
        if item.text is not None:
            path = self._place(item.target)
            Path(path).write_text(item.text)
            self._own(path, 0o644)
        elif item.entry is not None and item.entry.is_dir:
            self.directory(item.target, stat.S_IMODE(os.lstat(item.entry.real).st_mode))
        elif item.entry is not None:
            self.file(item.entry.real, item.target)

    def directory(self, target: str, mode: int = 0o755) -> str:
        """Make `target` a directory here; one that exists below keeps its owner and mode, as Docker leaves them."""
        resolved = self._resolve(target)
        path = f"{self.root}{resolved}"
        if resolved in self._fresh or (os.path.isdir(path) and not os.path.islink(path)):
            return path
        if resolved != "/":
            self.directory(posixpath.dirname(resolved))
        below = None if posixpath.dirname(resolved) in self._fresh else self.tree.real(resolved, last=False)
        if below is not None and not os.path.isdir(below):
            raise ShoreError(f"cannot copy to {target}: {resolved} is not a directory", hint="choose another target")
        os.makedirs(path, exist_ok=True)
        if below is None:
            self._fresh.add(resolved)
            self._own(path, mode)
        else:
            self._like_below(resolved, path)
        return path

    def _like_below(self, target: str, path: str) -> None:
        below = self.tree.real(target)
        if below is None:
            os.chmod(path, 0o755)
            return
        info = os.lstat(below)
        os.chmod(path, stat.S_IMODE(info.st_mode))
        if self.as_root:
            os.chown(path, info.st_uid, info.st_gid)

    def _resolve(self, target: str) -> str:
        """Links below are followed: COPY into /bin lands in /usr/bin."""
        if target not in self._resolved:
            parent = posixpath.dirname(target)
            fresh = self._resolved.get(parent) in self._fresh
            name = posixpath.basename(target)
            self._resolved[target] = f"{self._resolved[parent]}/{name}" if fresh else self.tree.resolve(target)
        return self._resolved[target]

    def _place(self, target: str) -> str:
        parent = self.directory(posixpath.dirname(target))
        path = f"{parent}/{posixpath.basename(target)}"
        if os.path.isdir(path) and not os.path.islink(path):
            raise ShoreError(f"cannot copy a file over the directory {target}", hint="give the target a trailing slash")
        if os.path.lexists(path):
            os.unlink(path)
        return path

    def file(self, real: str, target: str) -> None:
        info = os.lstat(real)
        if stat.S_ISSOCK(info.st_mode):
            return
        path = self._place(target)
        if stat.S_ISLNK(info.st_mode):
            os.symlink(os.readlink(real), path)
            if self.as_root:
                os.chown(path, *self.owner, follow_symlinks=False)
            return
        if not stat.S_ISREG(info.st_mode):
            raise ShoreError(
                f"{target} is neither a file, a directory nor a link", hint="leave it out by .dockerignore"
            )
        shutil.copyfile(real, path)
        self._own(path, stat.S_IMODE(info.st_mode))
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))

    def _own(self, path: str, mode: int) -> None:
        os.chmod(path, mode if self.mode is None else self.mode)
        if self.as_root:
            os.chown(path, *self.owner)
            os.chmod(path, mode if self.mode is None else self.mode)  # chown takes set-user-ID bits away
