"""An nginx of the project's own that passes requests on to another service by its name: it asks for the address once,
and goes on with addresses of tasks that have ended. Found in what images are built from, with file and line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from longshore.model.stack import Stack

__all__ = ["asked_once", "inner_hops"]

SUFFIXES = (".conf", ".template", ".nginx")
SKIPPED = {"node_modules", ".git", ".venv", "venv", "__pycache__", "dist", "target"}
MOST_BYTES = 200_000
_PASS = re.compile(r"\b(?:proxy|fastcgi|uwsgi|scgi|grpc)_pass\s+(?:\w+://)?([\w.-]+)[:/;]")
_UPSTREAM = re.compile(r"\bupstream\s+([\w.-]+)\s*\{([^}]*)\}")
_SERVER = re.compile(r"\bserver\s+([\w.-]+)(?::\d+)?([^;]*);")


def asked_once(text: str, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines of an nginx configuration, and the names among `names` that they look up when nginx starts and never again.
    A name in a variable is asked for as `resolver` says, a server of an upstream where it says `resolve`."""
    known = set(names)
    plain = re.sub(r"#[^\n]*", "", text)
    groups = {one[1] for one in _UPSTREAM.finditer(plain)}
    for one in _PASS.finditer(plain):
        if one[1] in known and one[1] not in groups:
            yield _line(plain, one.start(1)), one[1]
    for group in _UPSTREAM.finditer(plain):
        for one in _SERVER.finditer(group[2]):
            if one[1] in known and "resolve" not in one[2].split():
                yield _line(plain, group.start(2) + one.start(1)), one[1]


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def inner_hops(stack: Stack) -> tuple[str, ...]:
    """A sentence for each, of the contexts that the stack's images are built from."""
    contexts = {one.build.context for one in stack.services.values() if one.build and "://" not in one.build.context}
    found = []
    for context in sorted(contexts):
        for path in _configurations(context):
            for line, name in asked_once(path.read_text(errors="replace"), stack.services):
                where = os.path.relpath(path, stack.working_dir)
                found.append(
                    f"{where}:{line}: nginx asks for the address of {name} once, and goes on with ended tasks:"
                    " resolver 127.0.0.11 valid=1s, and the name in a variable (docs/how-to/ship-to-a-server.md)"
                )
    return tuple(dict.fromkeys(found))


def _configurations(context: str) -> Iterator[Path]:
    for folder, folders, files in os.walk(context):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(files):
            path = Path(folder, name)
            if name.endswith(SUFFIXES) and path.is_file() and path.stat().st_size <= MOST_BYTES:
                yield path
