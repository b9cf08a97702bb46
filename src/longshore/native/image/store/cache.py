"""The image cache: what is in it is whole, because everything appears by one rename and nothing is written in place.

`$XDG_CACHE_HOME/longshore` holds `layers/<key>/root` (overlay lower directories) with `layers/<key>/layer.json` beside
each, `downloads/`, `apt/`, `images/`, `mounts/` (RUN's cache mounts), `locks/` and `staging/`. It is safe to delete
while nothing runs."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

from longshore.native.image.store import census
from longshore.native.image.store.owners import note_owner, wished
from longshore.native.image.store.unsynced import doubtful
from longshore.native.kernel.privileges import is_root
from longshore.native.shared import removal
from longshore.state.folders import keep_private, make_private

__all__ = ["DAMAGED", "MAKING", "Cache", "drop_set_id", "key_of", "layer_key", "layer_keys", "remove_tree"]

MAKING = "making images"
"""The lock that all who make an image share, and that whoever removes one holds alone."""
DAMAGED = "-damaged-"
"""Stands in the name of a layer that was set aside."""
LOCK_POLL_SECONDS = 0.05
"""flock cannot be awaited, and a blocked thread cannot be cancelled: so ask again, gently."""


def key_of(*parts: object) -> str:
    """A digest of `parts` (anything JSON can hold), the same on every machine and in every run."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def layer_key(layer: str) -> str:
    """The key of the layer whose root this is: what it is called in the cache."""
    return Path(layer).parent.name


def layer_keys(layers: Iterable[str]) -> list[str]:
    return [layer_key(layer) for layer in layers]


class Cache:
    """One user's image cache. Several processes may use it at once."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.layers = directory / "layers"
        self.downloads = directory / "downloads"
        self.images = directory / "images"
        self.mounts = directory / "mounts"
        self.unsynced = directory / "unsynced"
        self._swept = False
        if keep_private(directory) and not is_root():
            for layer in self.layers.glob("*/root"):
                drop_set_id(layer)
        for key in doubtful(self.unsynced):
            self.remove_layer(key)
            (self.unsynced / key).unlink(missing_ok=True)

    def layer_root(self, key: str) -> Path:
        return self.layers / key / "root"

    def has_layer(self, key: str) -> bool:
        """Whether the layer is there, whole: its description is written last, before the rename that shows it."""
        return (self.layers / key / "layer.json").is_file()

    def touch_layer(self, key: str) -> None:
        """The layer is of use now."""
        with contextlib.suppress(OSError):
            os.utime(self.layers / key)

    def layer_info(self, key: str) -> dict[str, Any]:
        loaded = json.loads((self.layers / key / "layer.json").read_text())
        return loaded if isinstance(loaded, dict) else {}

    def publish_layer(self, key: str, staged: Path, info: dict[str, Any]) -> Path:
        """Make `staged` (which holds `root/`) the layer `key`, with `info` beside it. The first of two wins."""
        if not is_root() and info.get("ids") != "many":
            drop_set_id(staged / "root")
        whole = {**info, **census.described(str(staged / "root"))}
        (staged / "layer.json").write_text(json.dumps(whole, sort_keys=True))
        target = self._folder("layers") / key
        if target.exists() and not self.has_layer(key):
            remove_tree(target)
        try:
            staged.rename(target)
        except OSError:
            if not self.has_layer(key):
                raise
        return target / "root"

    def publish_file(self, staged: Path, target: Path) -> Path:
        """Move a finished file to its place in the cache, its bytes on disk before its name."""
        with staged.open("rb") as handle:
            os.fsync(handle.fileno())
        self._folder(str(target.parent.relative_to(self.directory)))
        staged.rename(target)
        return target

    def publish_directory(self, staged: Path, target: Path) -> None:
        """Move a directory to its place in the cache, unless another was first."""
        self._folder(str(target.parent.relative_to(self.directory)))
        try:
            staged.rename(target)
        except OSError:
            if not target.exists():
                raise

    def write_json(self, target: Path, value: object) -> None:
        """Write a small JSON file by rename, so that a reader sees the old one or the new one."""
        self._folder(str(target.parent.relative_to(self.directory)))
        temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
        temporary.write_text(json.dumps(value, sort_keys=True, indent=1))
        temporary.rename(target)

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """A fresh directory for work in progress on the same file system; gone afterwards whatever happens.

        A lock file beside it tells a directory at work from one that a killed process left behind."""
        base = self._folder("staging")
        self._sweep(base)
        name = os.urandom(8).hex()
        lock = os.open(base / f"{name}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            directory = base / name
            directory.mkdir()
            try:
                yield directory
            finally:
                remove_tree(directory)
        finally:
            (base / f"{name}.lock").unlink(missing_ok=True)
            os.close(lock)

    def _sweep(self, base: Path) -> None:
        """Remove what killed processes left in `staging` (once per process: it costs a directory listing)."""
        if self._swept:
            return
        self._swept = True
        for lock in base.glob("*.lock"):
            with contextlib.suppress(OSError), lock.open("rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_tree(lock.with_suffix(""))
                lock.unlink()

    def _folder(self, name: str) -> Path:
        """A folder of the cache, made with the cache itself where it is missing."""
        if not self.directory.exists():
            make_private(self.directory)
        made = self.directory / name
        made.mkdir(parents=True, exist_ok=True)
        return made

    def blob(self, digest: str) -> Path:
        """Where a part of a registry's blob is kept until the whole is unpacked: the next command goes on from it."""
        return self._folder("downloads/blobs") / digest.partition(":")[2]

    def empty(self) -> Path:
        """A directory that holds nothing: the root of an image from scratch."""
        return self._folder("empty")

    def remove_layer(self, key: str) -> None:
        """Take a layer away in one step: nobody ever sees a part of it."""
        with self.staging() as staged, contextlib.suppress(FileNotFoundError):
            (self.layers / key).rename(staged / "layer")

    def is_damaged(self, key: str, *, thorough: bool = False) -> bool:
        """Whether a part of a layer that is there was removed, by its upper levels or, slowly, by all."""
        try:
            info = self.layer_info(key)
        except (OSError, ValueError):
            return False
        return census.lacks_something(str(self.layer_root(key)), info, thorough=thorough)

    def set_aside(self, key: str) -> None:
        """The layer is not in the cache any more; what runs on it keeps its files until they are pruned."""
        with contextlib.suppress(FileNotFoundError):
            (self.layers / key).rename(self.layers / f"{key}{DAMAGED}{os.urandom(4).hex()}")

    @contextlib.asynccontextmanager
    async def lock(self, key: str, *, shared: bool = False) -> AsyncIterator[None]:
        """Hold `key` against every other task and process of this user, or `shared` with others that share it;
        released by the kernel if we die."""
        import asyncio

        handle = self._lock_file(key)
        try:
            while not _try_lock(handle, shared=shared):  # noqa: ASYNC110 (the holder may be another process)
                await asyncio.sleep(LOCK_POLL_SECONDS)
            yield
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def lock_now(self, key: str) -> Iterator[bool]:
        """Hold `key` alone if nobody holds it; whether that is so."""
        handle = self._lock_file(key)
        try:
            yield _try_lock(handle)
        finally:
            os.close(handle)

    def _lock_file(self, key: str) -> int:
        return os.open(self._folder("locks") / f"{key}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)


def _try_lock(handle: int, *, shared: bool = False) -> bool:
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def drop_set_id(tree: Path) -> None:
    """Take the set-user-id and set-group-id bits from the files of a tree: an ordinary user's layers belong to that
    user alone, so a program that has them would be a way for others to act as that user. They are written down."""
    for parent, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(parent, name)  # noqa: PTH118 (a hot loop)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                note_owner(path, *wished(path, mode)[:2], mode)
                os.chmod(path, mode & 0o1777)  # noqa: PTH101


def remove_tree(directory: Path) -> None:
    """Remove what is there of it, as far as that can be done: what is left is in nobody's way."""
    try:
        removal.remove_tree(directory)
    except FileNotFoundError:
        return
    except OSError:
        shutil.rmtree(directory, ignore_errors=True)
