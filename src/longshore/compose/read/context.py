"""What one set of files is read with: an include and an extended file change some of it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from longshore.compose.read.paths import join
from longshore.compose.values.problems import Problems
from longshore.model.errors import Place, ShoreError
from longshore.model.nearest import nearest

__all__ = ["Context", "read_bytes", "shown"]

MAX_FILE = 4 << 20
_REMOTE_FILE = ("https://", "http://", "git://", "ssh://", "git@", "oci://")


class Context(NamedTuple):
    """The switches, the environment and the folders of one load.

    `working_dir` is what relative paths of the file become relative to (of an include it may itself be relative);
    `base_dir` is the absolute folder where other files are looked up."""

    working_dir: str
    base_dir: str
    environment: Mapping[str, str]
    problems: Problems
    project_name: str = ""
    interpolate: bool = True
    normalize: bool = True
    validate: bool = True
    resolve_paths: bool = True
    extend: bool = True
    include: bool = True
    defaults: bool = True

    def find(self, path: str, place: Place | None = None) -> str:
        """The absolute path of another file that a file names."""
        if path.startswith(_REMOTE_FILE):
            raise ShoreError(
                f"{path} is on another machine, which shore does not read",
                place=place,
                hint="download it, and name the local copy",
            )
        return path if path.startswith("/") else join(self.base_dir, path)

    def folder(self, path: str) -> str:
        """The folder of `path`, relative to `base_dir`."""
        absolute = path if path.startswith("/") else join(self.base_dir, path)
        if not os.path.isdir(absolute):
            absolute = os.path.dirname(absolute)
        return os.path.relpath(absolute, self.base_dir)

    def but(self, **changes: Any) -> Context:
        """This context with some of it changed."""
        return self._replace(**changes)


def read_bytes(path: str, what: str = "the Compose file", place: Place | None = None) -> bytes:
    """The content of a file; "-" is standard input. Raises ShoreError for what is no file, or too big to be one."""
    if path == "-":
        return _limited(sys.stdin.buffer.read(MAX_FILE + 1), path, place)
    try:
        status = os.stat(path)
        _check_kind(status, path, what, place)
        with open(path, "rb") as file:
            return _limited(file.read(MAX_FILE + 1), path, place)
    except FileNotFoundError:
        raise ShoreError(f"{what} {shown(path)} does not exist", place=place, hint=_near(path)) from None
    except PermissionError:
        raise ShoreError(f"{what} {shown(path)} may not be read", place=place, hint="look at its permissions") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ShoreError(f"{what} {shown(path)} cannot be read: {reason}", place=place) from None


def _near(path: str) -> str:
    """What lies beside a file that is not there, most likely meant instead."""
    folder, name = os.path.split(path)
    try:
        close = nearest(name, os.listdir(folder or "."))
    except OSError:
        close = ""
    return f"did you mean {shown(os.path.join(folder, close))}?" if close else "make it, or correct the path"


def _check_kind(status: os.stat_result, path: str, what: str, place: Place | None) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if stat.S_ISDIR(kind):
        raise ShoreError(f"{what} {shown(path)} is a directory", place=place, hint="name the file in it")
    if not stat.S_ISREG(kind) and not path.startswith(("/dev/fd/", "/dev/stdin", "/proc/self/fd/")):
        raise ShoreError(f"{what} {shown(path)} is not a regular file", place=place, hint="name a file")
    if stat.S_ISREG(kind) and status.st_size > MAX_FILE:
        raise _too_big(path, status.st_size, place)


def _limited(content: bytes, path: str, place: Place | None) -> bytes:
    if len(content) > MAX_FILE:
        raise _too_big(path, len(content), place)
    return content


def _too_big(path: str, size: int, place: Place | None) -> ShoreError:
    return ShoreError(
        f"{shown(path)} has {size / (1 << 20):.0f} MB; a file may have {MAX_FILE >> 20} MB",
        place=place,
        hint="is this the right file?",
    )


def shown(path: str) -> str:
    """`path` as people read it: relative when it lies below the current folder."""
    try:
        here = os.getcwd() + "/"
    except OSError:
        return path
    return path[len(here) :] if path.startswith(here) and len(path) > len(here) else path
