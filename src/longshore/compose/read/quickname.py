"""The project's name without reading the files as YAML: for commands that need nothing else of them and must be fast.

Whatever is not the plain, common case gives None, and the caller loads the project properly."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping, Sequence
from typing import TextIO

__all__ = ["NAMES", "OVERRIDES", "normalize_name", "quick_name"]

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = (
    "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml",
)  # fmt: skip

_PLAIN_NAME = re.compile(r"""^name:[ \t]+(["']?)([a-z0-9][a-z0-9_-]*)\1[ \t]*(?:#.*)?$""")
_UNUSUAL = ("name", '"', "'", "?", "{", "%", "!", "&", "*", "x-longshore", "<<")
"""What at the start of a line means that a closer look is needed (after the plain `name:` was taken out)."""


def quick_name(files: Sequence[str], asked: str, environ: Mapping[str, str]) -> str | None:
    """The name that `load` would give the project of these files; None when that is not plain to see."""
    if any(environ.get(name) for name in ("COMPOSE_FILE", "COMPOSE_ENV_FILES")):
        return None
    found = _found(files)
    if not found:
        return None
    folder = os.path.dirname(found[0])
    if _sets_compose_variables(f"{folder}/.env"):
        return None
    written = [_written(path) for path in found]
    if None in written:
        return None
    given = asked or environ.get("COMPOSE_PROJECT_NAME", "")
    last = next((name for name in reversed(written) if name), "")
    name = given or last or normalize_name(os.path.basename(folder))
    return name if name and normalize_name(name) == name else None


def _found(files: Sequence[str]) -> list[str]:
    """The absolute paths of the files, with the override file of those that are looked for."""
    if files:
        return [os.path.abspath(file) for file in files if file != "-"] if "-" not in files else []
    folder = os.getcwd()
    while True:
        found = [path for name in NAMES if os.path.exists(path := os.path.join(folder, name))]
        if found:
            return found[:1] + [p for name in OVERRIDES if os.path.exists(p := os.path.join(folder, name))][:1]
        if folder == os.path.dirname(folder):
            return []
        folder = os.path.dirname(folder)


def _sets_compose_variables(path: str) -> bool:
    try:
        with _plain_file(path, errors="replace") as file:
            return "COMPOSE_" in file.read(1 << 20)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _plain_file(path: str, errors: str = "strict") -> TextIO:
    """Raises OSError for what is no file: reading a fifo would wait for a writer."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise IsADirectoryError(path)
    return open(path, encoding="utf-8", errors=errors)


def _written(path: str) -> str | None:
    """The plain `name:` of one file, "" when it has none, None when the file is unusual."""
    try:
        with _plain_file(path) as file:
            lines = file.read(16 << 20).splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    name, block = "", False
    for line in lines:
        match = _PLAIN_NAME.match(line)
        if match:
            name = match[2]
        elif line.startswith(_UNUSUAL):
            return None
        block = block or line.startswith("services:")
    return name if block else None


def normalize_name(name: str) -> str:
    """`name` with only what a project's name may have: lower case letters, digits, "-" and "_"."""
    kept = "".join(c for c in name.lower() if c.isascii() and (c.isalnum() or c in "_-"))
    return kept.lstrip("_-")
