"""The folder of a copy: who owns it while it lives, and what has to go when nobody does any longer."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from longshore.model.record import record
from longshore.state.folders import STATE, folder, make_private

__all__ = ["Place", "abandoned", "make_place", "place_at", "project_name"]

KEPT = ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT",
        "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "CONTAINER_HOST")  # fmt: skip
"""Variables by which an engine is found again."""


@record
class Place:
    """`folder` holds the copy's `tree`, a lock that the owner has as long as it lives, and a note of what belongs to
    it. `descriptor` is the owner's, -1 for others."""

    folder: Path
    project: str
    descriptor: int = -1

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    @property
    def note(self) -> Path:
        return self.folder / "note.json"

    def write(self, engine: str, images: tuple[str, ...], environ: Mapping[str, str]) -> None:
        """Note what would have to be removed: by one rename, so that a reader sees all of it or nothing."""
        kept = {name: environ[name] for name in KEPT if name in environ}
        draft = self.folder / ".note"
        draft.write_text(json.dumps({"engine": engine, "images": images, "environ": kept}))
        draft.replace(self.note)

    def read(self) -> tuple[str, tuple[str, ...], Mapping[str, str]]:
        """Engine, images, environment; an engine "" where nothing was begun on any."""
        try:
            found = json.loads(self.note.read_text())
        except FileNotFoundError:
            return "", (), {}
        return found["engine"], tuple(found["images"]), found["environ"]

    def own(self) -> Place | None:
        """The same place as its owner; None while another process is."""
        try:
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return Place(self.folder, self.project, descriptor)

    def leave(self) -> None:
        """Own it no longer."""
        if self.descriptor >= 0:
            os.close(self.descriptor)


def project_name(project: str) -> str:
    """A name for a copy of the project that nothing has yet. Short: it is part of a socket's path."""
    return f"{project[:24].rstrip('-_')}-fresh-{secrets.token_hex(3)}"


def _root(environ: Mapping[str, str]) -> Path:
    """Beside the engines' own state, under a name that no project can have."""
    return Path(folder(environ, STATE), ".verify")


def make_place(project: str, environ: Mapping[str, str]) -> Place:
    """A new folder for a copy of the project, owned by this process."""
    root = _root(environ)
    for one in (root.parent, root):
        make_private(one)
    name = project_name(project)
    (root / name).mkdir(mode=0o700)
    owned = Place(root / name, name).own()
    assert owned
    return owned


def place_at(path: str) -> Place:
    """The place whose folder this is."""
    return Place(Path(path), Path(path).name)


def abandoned(environ: Mapping[str, str]) -> Iterator[Place]:
    """Places whose owner has gone, as their new owner."""
    root = _root(environ)
    for entry in sorted(root.iterdir()) if root.is_dir() else ():
        owned = Place(entry, entry.name).own()
        if owned:
            yield owned
