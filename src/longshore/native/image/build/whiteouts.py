"""Files named as whiteouts are in a layer's archive (.wh.NAME and .wh..wh..opq; OCI image specification, layer.md).
While a build goes on they are files as any others; in the image that it makes they are what everybody who reads its
layers takes them for. BuildKit's images are so, too: their layers are archives."""

# ruff: noqa: PTH101, PTH208
from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.store.cache import Cache, key_of, layer_key, layer_keys, remove_tree
from longshore.native.image.store.census import MARKED
from longshore.native.image.store.marks import META, OPAQUE, WHITEOUT
from longshore.native.image.store.tree import LayerTree, hide_below

__all__ = ["as_read"]


def as_read(cache: Cache, layers: Sequence[str]) -> tuple[str, ...]:
    """An image's layers (their roots, lowest first) as they are for whoever has it from a registry: others only in the
    place of those that have such names."""
    found: list[str] = []
    for layer in layers:
        name = layer_key(layer)
        marked = cache.has_layer(name) and cache.layer_info(name).get(MARKED)
        found.append(_as_read(cache, name, tuple(found)) if marked else layer)
    return tuple(found)


def _as_read(cache: Cache, name: str, below: tuple[str, ...]) -> str:
    key = key_of("as read", name, layer_keys(below))
    if not cache.has_layer(key):
        with cache.staging() as staged:
            made = staged / "layer"
            made.mkdir()
            _linked(cache.layer_root(name), made / "root")
            _Reader(str(made / "root"), LayerTree(below)).folder("/")
            cache.publish_layer(key, made, {"kind": "as read", "of": name})
    cache.touch_layer(key)
    return str(cache.layer_root(key))


def _linked(source: Path, target: Path) -> None:
    """The same tree once more, its files the same files."""
    done = subprocess.run(["cp", "-al", str(source), str(target)], capture_output=True, text=True)
    if done.returncode:
        raise ShoreError(f"cannot make the layer: {done.stderr.strip()}", hint="is the disk full?")


class _Reader:
    """Carries out what the names in a layer say; `below` are the layers under it."""

    def __init__(self, root: str, below: LayerTree) -> None:
        self.root, self.below = root, below

    def folder(self, path: str) -> None:
        """In a folder, and in those below it; their modes and times stay."""
        place = f"{self.root}{path}"
        before = os.lstat(place)
        os.chmod(place, stat.S_IMODE(before.st_mode) | stat.S_IRWXU)
        names = sorted(os.listdir(place))
        for name in names:
            if name.startswith(WHITEOUT):
                self._carry_out(path, name, names)
        for name in os.listdir(place):
            if stat.S_ISDIR(os.lstat(f"{place}/{name}").st_mode):
                self.folder(f"{path.rstrip('/')}/{name}")
        os.chmod(place, stat.S_IMODE(before.st_mode))
        os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))

    def _carry_out(self, path: str, name: str, names: list[str]) -> None:
        """One such name: it goes, and with it what it hides below, or in its own folder where that comes before it in
        an archive, which is in the order of names."""
        place = f"{self.root}{path}"
        _remove(f"{place}/{name}")
        if name == OPAQUE and path != "/":
            hide_below(place)
        hidden = name.removeprefix(WHITEOUT)
        if name.startswith(META) or hidden in ("", ".", ".."):
            return
        if hidden in names and hidden < name:
            _remove(f"{place}/{hidden}")
        if not os.path.lexists(f"{place}/{hidden}") and self.below.real_at(f"{path.rstrip('/')}/{hidden}"):
            os.mknod(f"{place}/{hidden}", stat.S_IFCHR, os.makedev(0, 0))


def _remove(path: str) -> None:
    if stat.S_ISDIR(os.lstat(path).st_mode):
        remove_tree(Path(path))
    else:
        Path(path).unlink()
