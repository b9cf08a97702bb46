"""Named and anonymous volumes: directories under the data root, each with a file that says whose it is. They outlive
agents, projects and `down`; only `down -v` and `volume rm` remove them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from longshore.model.codec import decode, encode
from longshore.model.errors import ShoreError
from longshore.model.record import record, replace
from longshore.model.service import EMPTY
from longshore.native.image.model import Server
from longshore.native.shared.removal import remove_tree
from longshore.state.folders import make_private
from longshore.state.observed import ObservedVolume

__all__ = ["VolumeMeta", "Volumes"]


REMOVED = ".removed-"
"""What the folder of a volume is called that was removed, until its files are gone."""


@record
class VolumeMeta:
    """`server` and `major` are those of the database that first wrote here, "" before that, with the C library that it
    sorted by and where its image was from ("" for one of before these were written down); `ids`: whose files are on it,
    where an ordinary user's containers write: of "one" id, or of "many"; `driver` and `options` the
    file's words when the volume was made (`options` None: made before they were written down)."""

    name: str
    key: str = ""
    project: str = ""
    anonymous: bool = False
    labels: Mapping[str, str] = EMPTY
    driver: str = ""
    options: Mapping[str, str] | None = None
    server: str = ""
    major: str = ""
    libc: str = ""
    source: str = ""
    ids: str = ""


@record
class Volumes:
    """The volumes under one data root."""

    root: Path

    def directory(self, name: str) -> Path:
        if not name or "/" in name or name.startswith("."):
            raise ShoreError(f'"{name}" cannot be the name of a volume', hint="use letters, digits, _ . and -")
        return self.root / name

    def data(self, name: str) -> Path:
        return self.directory(name) / "_data"

    def meta(self, name: str) -> VolumeMeta | None:
        try:
            text = (self.directory(name) / "meta.json").read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return decode(VolumeMeta, json.loads(text))
        except ValueError:
            return VolumeMeta(name)

    def create(self, meta: VolumeMeta) -> bool:
        """Make the volume; False when it is there already (whatever it holds is left alone)."""
        directory = self.directory(meta.name)
        make_private(self.root.parent)
        make_private(self.root)
        self._sweep()
        directory.mkdir(exist_ok=True)
        if (directory / "meta.json").exists():
            return False
        data = self.data(meta.name)
        data.mkdir(exist_ok=True)
        data.chmod(0o755)  # as Docker's, whoever's umask this is; what fills it may change it
        self._write(meta)
        return True

    def remember_server(self, name: str, server: Server) -> None:
        """Write down which server's data the volume holds, once."""
        meta = self.meta(name) or VolumeMeta(name)
        if not meta.server:
            written = {"server": server.kind, "major": server.major, "libc": server.libc, "source": server.source}
            self._write(replace(meta, **written))

    def remember_ids(self, name: str, ids: str) -> None:
        """Write down which kind of ids its files have."""
        meta = self.meta(name) or VolumeMeta(name)
        if meta.ids != ids:
            self._write(replace(meta, ids=ids))

    def held_ids(self, name: str) -> str:
        """Which kind of ids the files on a volume of an ordinary user's have; "" for one without files. Those of before
        this was written down have one."""
        meta = self.meta(name)
        if meta is None:
            return ""
        try:
            return (meta.ids or "one") if any(self.data(name).iterdir()) else ""
        except OSError:  # it is closed to whoever has one id
            return meta.ids

    def claim(self, name: str) -> int:
        """Hold the volume for one server alone; a descriptor that holds it until it is closed. Raises ShoreError when
        another has it: two servers on one data directory destroy it."""
        fd = os.open(self.directory(name) / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(fd)
            raise ShoreError(
                f"volume {name} is in use by another server that runs",
                hint="stop that one first; two servers on one data directory would destroy it",
            ) from error
        return fd

    def remove(self, name: str) -> bool:
        """Take the volume away in one step, so that nobody ever has a part of its data; False when there is none. Then
        its files go, and those of removals that were broken off."""
        directory = self.directory(name)
        gone = self.root / f"{REMOVED}{os.urandom(4).hex()}"
        try:
            directory.rename(gone)
        except FileNotFoundError:
            return False
        finally:
            self._sweep()
        return True

    def _sweep(self) -> None:
        for left in self.root.glob(f"{REMOVED}*"):
            with suppress(FileNotFoundError):  # somebody else sweeps, too
                remove_tree(left)

    def all(self) -> tuple[ObservedVolume, ...]:
        """The named volumes, by name."""
        if not self.root.is_dir():
            return ()
        entries = (entry for entry in sorted(self.root.iterdir()) if not entry.name.startswith("."))
        found = [self.meta(entry.name) for entry in entries if entry.is_dir()]
        return tuple(self._observed(meta) for meta in found if meta and not meta.anonymous)

    def laid_over(self) -> frozenset[str]:
        """The image layers that volumes show files of (inside/over.py)."""
        found: set[str] = set()
        for path in self.root.glob("*/_over.json"):
            with suppress(OSError, ValueError, KeyError):
                found.update(json.loads(path.read_text(encoding="utf-8"))["layers"])
        return frozenset(found)

    def _observed(self, meta: VolumeMeta) -> ObservedVolume:
        return ObservedVolume(
            meta.name,
            meta.key,
            meta.project,
            driver=meta.driver or "local",
            options=meta.options,
            labels=meta.labels,
            path=str(self.data(meta.name)),
        )

    def _write(self, meta: VolumeMeta) -> None:
        path = self.directory(meta.name) / "meta.json"
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(encode(meta)), encoding="utf-8")
        draft.replace(path)
