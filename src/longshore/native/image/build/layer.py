"""A layer that is being written without being mounted: what an overlay of the layers below and of this one will
show."""

# strings throughout, not Path: trees of many thousand files go through here
# ruff: noqa: PTH101, PTH102, PTH108, PTH112, PTH114, PTH115
from __future__ import annotations

import contextlib
import os
import posixpath
import shutil
import stat
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.store.cache import remove_tree
from longshore.native.image.store.owners import note_owner
from longshore.native.image.store.tree import MAX_LINKS, LayerTree, hide_below
from longshore.native.kernel.privileges import is_root

__all__ = ["Owner", "WrittenLayer"]

OWNER_WRITES, OWNER_READS = 0o700, 0o500
Owner = tuple[int, int]
"""uid and gid. Only root's files can have another owner than the user who builds."""


class WrittenLayer:
    """The root of a new layer over `tree`. Paths are absolute inside; those of the methods that change something have
    no link in them but perhaps the last name: `resolve` takes the links out. It is whole after `finish`."""

    def __init__(self, root: Path, tree: LayerTree) -> None:
        self.root = str(root)
        self.tree = tree
        self.as_root = is_root()
        self._fresh: set[str] = set()
        """Directories below which nothing of the layers below is to be seen."""
        self._removed: set[str] = set()
        """What this layer hides, although it has nothing in its place."""
        self._modes: dict[str, int] = {}
        """Those of an ordinary user's directories, which are given when nothing more is written into them."""
        root.mkdir(parents=True, exist_ok=True)
        self._like_below("/", self.root)

    # --- looking ---------------------------------------------------------------------------------------------------
    def lstat(self, path: str) -> os.stat_result | None:
        """What is at `path`, a link itself; None when nothing is."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return os.lstat(self.root + path)
        below = self._below(path)
        return os.lstat(below) if below is not None else None

    def _below(self, path: str) -> str | None:
        parent = path
        while parent != "/":
            if parent in self._removed or parent in self._fresh:
                return None
            parent = posixpath.dirname(parent)
        return self.tree.real_at(path)

    def real(self, path: str) -> str:
        """Where the file at `path` lies on the host."""
        return self.root + path if os.path.lexists(self.root + path) else (self._below(path) or self.root + path)

    def resolve(self, path: str, within: str = "/") -> str:
        """`path` with every link followed, the last too, as if `within` were the root; what does not exist stays as
        written."""
        current = within.rstrip("/")
        waiting = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        links = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                current = current if current == within.rstrip("/") else posixpath.dirname(current).rstrip("/")
                continue
            following = f"{current}/{part}"
            info = self.lstat(following)
            if info is None or not stat.S_ISLNK(info.st_mode):
                current = following
                continue
            links += 1
            if links > MAX_LINKS:
                raise ShoreError(f"{path}: too many links follow one another", hint="choose another target")
            link = os.readlink(self.real(following))
            if link.startswith("/"):
                current = within.rstrip("/")
            waiting += [name for name in reversed(link.split("/")) if name not in ("", ".")]
        return current or "/"

    def is_dir(self, path: str) -> bool:
        info = self.lstat(path)
        return info is not None and stat.S_ISDIR(info.st_mode)

    # --- making ----------------------------------------------------------------------------------------------------
    def make_directories(self, path: str, mode: int, owner: Owner | None) -> list[str]:
        """`path` and what lacks above it, as mkdir does: a directory made in one with the set-group-id bit takes its
        group and the bit, unless an `owner` is given. What was made, the last first."""
        made: list[str] = []
        info = self.lstat(path)
        if info is not None:
            if not stat.S_ISDIR(info.st_mode):
                raise ShoreError(f"{path} is not a directory", hint="choose another target")
            return made
        made = self.make_directories(posixpath.dirname(path), mode, owner)
        self.make_directory(path, mode, owner)
        return [path, *made]

    def make_directory(self, path: str, mode: int, owner: Owner | None) -> None:
        parent = self._parent(path)
        above = os.lstat(parent)
        host = self.root + path
        os.mkdir(host)
        if self._below(path) is not None or path in self._removed:
            hide_below(host)
        self._removed.discard(path)
        self._fresh.add(path)
        inherited = above.st_mode & stat.S_ISGID
        if self.as_root:
            os.chown(host, *(owner or (0, above.st_gid if inherited else 0)))
        self._set_mode(path, host, mode | inherited)
        if not self.as_root:
            self._note(host, owner or (0, 0), mode | inherited)

    def existing_directory(self, path: str) -> str:
        """Where the directory lies in this layer; one of the layers below is shown here with its own mode and owner."""
        host = self.root + path
        if path in self._fresh or os.path.isdir(host):
            return host
        self._parent(path)
        os.mkdir(host)
        self._like_below(path, host)
        return host

    def _parent(self, path: str) -> str:
        return self.existing_directory(posixpath.dirname(path))

    def place(self, path: str) -> str:
        """Where on the host a file, link or other node for `path` is to be made; nothing is there any more."""
        self._parent(path)
        self.remove(path)
        return self.root + path

    def here(self, path: str) -> str:
        """Where the file at `path` lies in this layer, as a copy of the one below if need be."""
        host = self.root + path
        if not os.path.lexists(host):
            below = self._below(path)
            if below is None:
                raise FileNotFoundError(f"{path} is not there")
            info = os.lstat(below)
            shutil.copy2(below, self.place(path), follow_symlinks=False)
            self._removed.discard(path)
            self.dress(
                path, stat.S_IMODE(info.st_mode), (info.st_uid, info.st_gid), (info.st_atime_ns, info.st_mtime_ns)
            )
        return host

    def remove(self, path: str) -> None:
        """Whatever is at `path` goes; something else comes in its place."""
        host = self.root + path
        if self._below(path) is not None:
            self._removed.add(path)
        if os.path.isdir(host) and not os.path.islink(host):
            remove_tree(Path(host))
            self._fresh = {other for other in self._fresh if not f"{other}/".startswith(f"{path}/")}
        elif os.path.lexists(host):
            os.unlink(host)

    def dress(self, path: str, mode: int | None, owner: Owner, times: tuple[int, int] | None) -> None:
        """Give what is at `path` an owner, a mode (but a link) and times in nanoseconds. A directory of the layers
        below is shown here for it."""
        host = self.root + path
        if not os.path.lexists(host):
            host = self.existing_directory(path)
        if self.as_root:
            os.chown(host, *owner, follow_symlinks=False)
        if mode is not None:
            self._set_mode(path, host, mode)
        if not self.as_root:
            self._note(host, owner, mode)
        if times is not None:
            os.utime(host, ns=times, follow_symlinks=False)

    def _note(self, host: str, owner: Owner, mode: int | None) -> None:
        """Write down what an ordinary user's file cannot be."""
        info = os.lstat(host)
        wished = stat.S_IMODE(info.st_mode) if mode is None else mode
        if not stat.S_ISLNK(info.st_mode) and (any(owner) or wished & (stat.S_ISUID | stat.S_ISGID)):
            note_owner(host, *owner, stat.S_IFMT(info.st_mode) | wished)

    def change_mode(self, path: str, mode: int) -> None:
        """Of a directory that keeps its owner."""
        self._set_mode(path, self.existing_directory(path), mode)

    def date(self, path: str, times: tuple[int, int]) -> None:
        """Set the times of a directory that this layer has; one of the layers below stays below."""
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.root + path, ns=times)

    def _like_below(self, path: str, host: str) -> None:
        below = self.tree.real_at(path)
        if below is None:
            self._set_mode(path, host, 0o755)
            return
        info = os.lstat(below)
        if self.as_root:
            os.chown(host, info.st_uid, info.st_gid)
        self._set_mode(path, host, stat.S_IMODE(info.st_mode))

    def _set_mode(self, path: str, host: str, mode: int) -> None:
        if self.as_root or not os.path.isdir(host) or os.path.islink(host):
            os.chmod(host, mode)
            return
        os.chmod(host, mode | OWNER_WRITES)
        self._modes[path] = mode | OWNER_READS

    def finish(self) -> None:
        """Nothing more is written: an ordinary user's directories, which had to be open for that, take their modes.
        Their owner can still read them, for later steps do."""
        for path, mode in self._modes.items():
            host = self.root + path
            if mode & OWNER_WRITES != OWNER_WRITES and os.path.isdir(host) and not os.path.islink(host):
                os.chmod(host, mode)
