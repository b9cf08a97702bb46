"""Files of somebody's source tree that are changed for a while. What they were is written down before, so that whoever
comes next can put them back: this process in the end, its helper when it is killed, or the next verify."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.state.folders import STATE, folder, make_private
from longshore.verify import aftercare

__all__ = ["changed", "put_back", "put_back_abandoned"]

BEFORE = "before"
NOTE = "note.json"


@contextlib.contextmanager
def changed(file: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """The file may be changed, or made, while the block runs; afterwards it is as before, byte for byte. Raises
    ShoreError where it cannot be read or written by this user."""
    with _journal(file, environ) as place:
        helper = aftercare.begin("__put-back", place, environ)
        try:
            yield
        finally:
            put_back(place)
            aftercare.dismiss(helper)


@contextlib.contextmanager
def _journal(file: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """A folder that says what the file is, locked as long as this process lives."""
    root = _root(environ)
    for one in (root.parent, root):
        make_private(one)
    place = root / secrets.token_hex(6)
    place.mkdir(mode=0o700)
    descriptor = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        try:
            _write_down(file, place)
        except OSError as error:
            raise ShoreError(
                f"{file} cannot be changed and put back: {error.strerror}", hint="verify a copy: --fresh"
            ) from None
        yield place
    finally:
        _forget(place)
        os.close(descriptor)


def _root(environ: Mapping[str, str]) -> Path:
    return Path(folder(environ, STATE), ".changed")


def _write_down(file: Path, place: Path) -> None:
    there = file.exists()
    if there:
        if not os.access(file, os.W_OK):
            raise PermissionError(13, "permission denied")
        _write(place / BEFORE, file.read_bytes())
    parents = [str(one) for one in file.parents if not one.exists()]
    _write(place / f".{NOTE}", json.dumps({"file": str(file), "there": there, "parents": parents}).encode())
    (place / f".{NOTE}").rename(place / NOTE)


def _write(path: Path, data: bytes) -> None:
    """So that it is on the disk before anything else happens."""
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def put_back(place: Path) -> None:
    """The file that the journal in this folder tells of is as before. Doing it twice does no harm."""
    try:
        note = json.loads((place / NOTE).read_text())
    except FileNotFoundError:
        return  # nothing had been changed yet, or all is done
    file = Path(note["file"])
    if not file.parent.is_dir() and note["there"]:
        pass  # the whole tree is gone
    elif note["there"]:
        before = (place / BEFORE).read_bytes()
        if not file.exists() or file.read_bytes() != before:
            file.write_bytes(before)
    else:
        file.unlink(missing_ok=True)
        for parent in note["parents"]:
            with contextlib.suppress(OSError):
                Path(parent).rmdir()
    (place / NOTE).unlink()


def _forget(place: Path) -> None:
    for name in (BEFORE, "lock", NOTE, f".{NOTE}"):
        (place / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        place.rmdir()


def put_back_abandoned(environ: Mapping[str, str], only: Path | None = None) -> list[str]:
    """Put back what runs that were killed have left changed (or that one alone); the files."""
    root = _root(environ)
    found: list[str] = []
    for place in [only] if only else sorted(root.iterdir()) if root.is_dir() else ():
        try:
            descriptor = os.open(place / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (place / NOTE).exists():
                found.append(json.loads((place / NOTE).read_text())["file"])
            put_back(place)
            _forget(place)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
    return found
