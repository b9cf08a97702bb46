"""Engines join a command to this process's own standard streams; here these are other files for a while."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

__all__ = ["Captured", "captured", "standard_streams"]


@contextmanager
def standard_streams(
    stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None, stderr: IO[bytes] | None = None
) -> Iterator[None]:
    """While the block runs, what is read comes from `stdin` (None: from nothing), and what is written goes to `stdout`
    and `stderr` (None: where it went)."""
    kept = [os.dup(number) for number in range(3)]
    source = stdin.fileno() if stdin else os.open(os.devnull, os.O_RDONLY)
    try:
        if stdin:
            stdin.seek(0)
        os.dup2(source, 0)
        for number, file in ((1, stdout), (2, stderr)):
            if file:
                os.dup2(file.fileno(), number)
        yield
    finally:
        for number, descriptor in enumerate(kept):
            os.dup2(descriptor, number)
            os.close(descriptor)
        if not stdin:
            os.close(source)


class Captured:
    """What was written while the block ran; `text` is there after it."""

    text: str = ""


@contextmanager
def captured(stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None) -> Iterator[Captured]:
    """Keep what is written while the block runs; with `stdout` only what goes to standard error."""
    held = Captured()
    with tempfile.TemporaryFile() as file:
        try:
            with standard_streams(stdin, stdout or file, file):
                yield held
        finally:
            file.seek(0)
            held.text = file.read().decode(errors="replace")
