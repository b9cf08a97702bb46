"""Where a build's Dockerfile and its `.dockerignore` are."""

from __future__ import annotations

from pathlib import Path

from longshore.dockerfile.patterns import Patterns, read_ignore
from longshore.model.errors import ShoreError
from longshore.model.service import Build

__all__ = ["dockerfile_path", "find_ignore"]


def dockerfile_path(build: Build) -> Path:
    """The file that is meant where the build does not bring its text along."""
    return Path(build.context) / (build.dockerfile or "Dockerfile")


def find_ignore(context: Path, build: Build | None = None) -> Patterns:
    """The rules of `<Dockerfile>.dockerignore` beside the Dockerfile of a `build`, else of `.dockerignore` at the
    context's root; none where there is no file. ShoreError names a pattern that is none."""
    files = [context / ".dockerignore"]
    if build is not None and build.dockerfile_inline is None:
        own = dockerfile_path(build)
        files.insert(0, own.with_name(f"{own.name}.dockerignore"))
    text = next((path.read_text(errors="replace") for path in files if path.is_file()), "")
    try:
        return Patterns(read_ignore(text))
    except ValueError as error:
        raise ShoreError(f".dockerignore of {context}: {error}", hint="correct the pattern") from None
