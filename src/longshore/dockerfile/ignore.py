"""Where a build's Dockerfile and its `.dockerignore` are."""

from __future__ import annotations

import stat
from pathlib import Path

from longshore.dockerfile.patterns import Patterns, read_ignore
from longshore.model.errors import ShoreError
from longshore.model.service import Build

__all__ = ["INLINE", "dockerfile_path", "dockerfile_text", "find_ignore"]

INLINE = "dockerfile_inline"
"""What stands for the file's name where the build brings its text along."""

MOST = 4 << 20
"""Bytes that a file may have, which is far more than anybody writes (BuildKit refuses 16 MB)."""


def dockerfile_path(build: Build) -> Path:
    """The file that is meant where the build does not bring its text along."""
    return Path(build.context) / (build.dockerfile or "Dockerfile")


def dockerfile_text(build: Build) -> tuple[str, str]:
    """The text, and the path of the file that it is from. ShoreError when it cannot be read."""
    if build.dockerfile_inline is not None:
        return build.dockerfile_inline, INLINE
    path = dockerfile_path(build)
    try:
        return _read(path), str(path)
    except FileNotFoundError:
        raise ShoreError(f"{path} does not exist", hint="name the file by build.dockerfile") from None


def _read(path: Path) -> str:
    """ShoreError for what is no file, or too big to be one."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ShoreError(f"{path} is no regular file", hint="name a file")
        if status.st_size > MOST:
            size = f"{status.st_size / (1 << 20):.0f} MB"
            raise ShoreError(f"{path} has {size}; a file may have {MOST >> 20} MB", hint="is this the right file?")
        with path.open(errors="replace", newline="") as opened:
            return opened.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ShoreError(f"{path}: {error.strerror}", hint="make the file readable") from None


def find_ignore(context: Path, build: Build | None = None) -> Patterns:
    """The rules of `<Dockerfile>.dockerignore` beside the Dockerfile of a `build`, else of `.dockerignore` at the
    context's root; none where there is no file. ShoreError names a pattern that is none."""
    files = [context / ".dockerignore"]
    if build is not None and build.dockerfile_inline is None:
        own = dockerfile_path(build)
        files.insert(0, own.with_name(f"{own.name}.dockerignore"))
    text = next((_read(path) for path in files if path.is_file()), "")
    try:
        return Patterns(read_ignore(text))
    except ValueError as error:
        raise ShoreError(f".dockerignore of {context}: {error}", hint="correct the pattern") from None
