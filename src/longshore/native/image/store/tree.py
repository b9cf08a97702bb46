"""Looking into a stack of layers without mounting it: the same answer that an overlay of them would give.

Whiteouts are character devices 0/0, opaque directories carry the overlay's own extended attribute (Linux,
Documentation/filesystems/overlayfs.rst). Links are followed inside the tree, never out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from longshore.model.record import record
from longshore.native.kernel.privileges import is_root

__all__ = ["MAX_LINKS", "Account", "LayerTree", "NotThereError", "hide_below", "is_opaque"]

OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")
MAX_LINKS = 40


class NotThereError(FileNotFoundError):
    """The path does not exist in the tree, or it loops."""


@record
class Account:
    """A line of /etc/passwd with the further groups of /etc/group."""

    name: str
    uid: int
    gid: int
    home: str
    groups: tuple[int, ...] = ()


class LayerTree:
    """`layers` are directories, lowest first. Paths are absolute inside the tree."""

    def __init__(self, layers: Sequence[str | Path]) -> None:
        self.layers = tuple(str(layer) for layer in layers)

    def resolve(self, path: str, *, last: bool = True) -> str:
        """`path` with every link followed (the last name too, unless `last` is False); what does not exist stays as
        written. "/bin/x" becomes "/usr/bin/x" where /bin is a link."""
        return self._resolve(path, last, 0)

    def _resolve(self, path: str, last: bool, links: int) -> str:
        if links > MAX_LINKS:
            raise NotThereError(path)
        current = ""
        parts = [part for part in path.split("/") if part not in ("", ".")]
        for index, part in enumerate(parts):
            if part == "..":
                current = current.rpartition("/")[0]
                continue
            following = f"{current}/{part}"
            if index == len(parts) - 1 and not last:
                return following
            real = self.real_at(following)
            if real is not None and os.path.islink(real):  # noqa: PTH114 (strings throughout: this is a hot loop)
                target = os.readlink(real)  # noqa: PTH115
                base = "" if target.startswith("/") else current
                rest = "/".join(parts[index + 1 :])
                return self._resolve(f"{base}/{target}/{rest}", last, links + 1)
            current = following
        return current or "/"

    def real(self, path: str, *, last: bool = True) -> str | None:
        """Where the file or directory at `path` lies on the host (a directory: its topmost part), or None."""
        return self.real_at(self.resolve(path, last=last))

    def real_at(self, path: str) -> str | None:
        """As `real`, for a path that has no link in it but perhaps the last name, which is not followed."""
        relative = path.strip("/")
        for layer in self._visible(relative):
            found = os.path.join(layer, relative) if relative else layer  # noqa: PTH118
            try:
                info = os.lstat(found)
            except (FileNotFoundError, NotADirectoryError):
                continue
            return None if _is_whiteout(info) else found
        return None

    def _visible(self, relative: str) -> Iterator[str]:
        """The layers that can hold it, top first, down to where a parent directory was removed, replaced or made opaque
        above."""
        parents = [relative[:end] for end, character in enumerate(relative) if character == "/"]
        for layer in reversed(self.layers):
            hides = False
            for parent in parents:
                place = f"{layer}/{parent}"
                try:
                    info = os.lstat(place)
                except FileNotFoundError:
                    break
                if not stat.S_ISDIR(info.st_mode):
                    return
                hides = hides or is_opaque(place)
            else:
                yield layer
            if hides:
                return

    def is_dir(self, path: str) -> bool:
        found = self.real(path)
        return found is not None and os.path.isdir(found)  # noqa: PTH112

    def listdir(self, path: str) -> dict[str, str]:
        """The names in a directory and where each lies on the host."""
        relative = self.resolve(path).strip("/")
        found: dict[str, str] = {}
        hidden: set[str] = set()
        for layer in self._visible(relative):
            place = os.path.join(layer, relative) if relative else layer  # noqa: PTH118
            try:
                entries = list(os.scandir(place))
            except (FileNotFoundError, NotADirectoryError):
                if os.path.lexists(place):
                    break
                continue
            for entry in entries:
                if entry.name in found or entry.name in hidden:
                    continue
                if _is_whiteout(entry.stat(follow_symlinks=False)):
                    hidden.add(entry.name)
                else:
                    found[entry.name] = entry.path
            if is_opaque(place):
                break
        return found

    def walk(self, path: str) -> Iterator[tuple[str, str, bool]]:
        """All below a directory, each before what is in it, by name: (path relative to it, where it lies on the host,
        whether it is a directory). One pass over the layers, for trees of many thousand files."""
        relative = self.resolve(path).strip("/")
        places = [os.path.join(layer, relative) for layer in self._visible(relative)]  # noqa: PTH118
        yield from _walk(places, "")

    def read_text(self, path: str) -> str:
        """The text of a file, "" when it is not there."""
        found = self.real(path)
        try:
            return Path(found).read_text(errors="replace") if found else ""
        except (OSError, NotThereError):
            return ""

    def account(self, user: str) -> Account | None:
        """Whom `user` ("name", "uid", "name:group", "uid:gid") means in this tree, or None when a name is not known."""
        name, _, group = user.partition(":")
        fields = self._passwd(name)
        if fields is None and not name.isdigit():
            return None
        uid, gid, home = (int(fields[2]), int(fields[3]), fields[5]) if fields else (int(name), 0, "/")
        shown = fields[0] if fields else name
        groups = self._groups()
        if group:
            found = int(group) if group.isdigit() else next((g for n, g, _ in groups if n == group), None)
            if found is None:
                return None
            return Account(shown, uid, found, home)
        further = tuple(g for _, g, members in groups if fields and fields[0] in members and g != gid)
        return Account(shown, uid, gid, home, further)

    def group(self, name: str) -> int | None:
        """The number of a group that the tree knows by name."""
        return next((gid for known, gid, _ in self._groups() if known == name), None)

    def _passwd(self, name: str) -> list[str] | None:
        for line in self.read_text("/etc/passwd").splitlines():
            fields = line.split(":")
            if len(fields) >= 7 and (fields[0] == name or (name.isdigit() and fields[2] == name)):
                return fields
        return None

    def _groups(self) -> list[tuple[str, int, list[str]]]:
        lines = [line.split(":") for line in self.read_text("/etc/group").splitlines()]
        return [(f[0], int(f[2]), f[3].split(",")) for f in lines if len(f) >= 4 and f[2].isdigit()]


def _walk(places: list[str], prefix: str) -> Iterator[tuple[str, str, bool]]:
    """`places` are the directory's parts in the layers, top first."""
    found: dict[str, os.DirEntry[str]] = {}
    below: dict[str, list[str]] = {}
    closed: set[str] = set()
    for place in places:
        try:
            entries = list(os.scandir(place))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            name = entry.name
            if name in closed:
                continue
            directory = entry.is_dir(follow_symlinks=False)
            if directory and (name not in found or name in below):
                found.setdefault(name, entry)
                below.setdefault(name, []).append(entry.path)
                if len(places) == 1:
                    continue
                if is_opaque(entry.path):
                    closed.add(name)
                continue
            closed.add(name)
            if name not in found and not (len(places) > 1 and _is_whiteout(entry.stat(follow_symlinks=False))):
                found[name] = entry
        if len(places) > 1 and is_opaque(place):
            break
    for name in sorted(found):
        path = f"{prefix}{name}"
        yield path, found[name].path, name in below
        if name in below:
            yield from _walk(below[name], f"{path}/")


def _is_whiteout(info: os.stat_result) -> bool:
    return stat.S_ISCHR(info.st_mode) and info.st_rdev == 0


def is_opaque(path: str) -> bool:
    """Whether a directory hides what the layers below have in it."""
    for name in OPAQUE:
        try:
            if os.getxattr(path, name) == b"y":
                return True
        except OSError:
            continue
    return False


def hide_below(path: str) -> None:
    """Make a directory of a layer hide what the layers below have in it."""
    os.setxattr(path, OPAQUE[0] if is_root() else OPAQUE[1], b"y")
