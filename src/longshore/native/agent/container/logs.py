"""A container's log: JSON lines {t, n, s, l}: time, number, stream ("e" for standard error), text. Rotated; when the
disk is full lines are dropped and counted, and the service never waits."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from longshore.native.shared.spec import LogSpec

__all__ = ["Lines", "LogWriter"]

_LONGEST_LINE = 64 * 1024
_READ = 64 * 1024

Listener = Callable[[float, int, str, str], None]
"""Told of each line: time, number, stream, text."""

BytesListener = Callable[[str, bytes], None]
"""Told what comes on a stream as it comes, lines or not."""


class LogWriter:
    """Writes one container's log; one that replaces it writes on there. `listeners` hear every line, kept or not,
    `bytes_listeners` what Lines have read."""

    def __init__(self, directory: Path, name: str, spec: LogSpec) -> None:
        self._path = directory / f"{name}.jsonl"
        self._spec = spec
        self._fd = -1
        self._size = 0
        self._number = 0
        self._dropped = 0
        self.listeners: list[Listener] = []
        self.bytes_listeners: list[BytesListener] = []

    def open(self) -> None:
        """Continue the file where it ends. A full disk is no reason not to start."""
        if not self._spec.keep or self._fd >= 0:
            return
        self._number = _last_number(self._path)
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._size = os.fstat(self._fd).st_size

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def write(self, stream: str, lines: list[str]) -> None:
        if self._fd < 0:
            self.open()
        now = time.time()
        out: list[bytes] = []
        size = 0
        for text in lines:
            self._number += 1
            entry = {"t": round(now, 6), "n": self._number, "s": stream, "l": text}
            out.append(json.dumps(entry).encode() + b"\n")
            size += len(out[-1])
            for listener in self.listeners:
                listener(now, self._number, stream, text)
            if self._size + size >= self._spec.size:
                self._append(out)
                out, size = [], 0
        if out:
            self._append(out)

    def _append(self, lines: list[bytes]) -> None:
        if not self._spec.keep:
            return
        data = b"".join(lines)
        if self._dropped:
            note = {"t": time.time(), "n": self._number, "s": "e", "l": f"[{self._dropped} lines lost: disk full]"}
            data = json.dumps(note).encode() + b"\n" + data
        try:
            written = os.write(self._fd, data)
            if written < len(data):
                os.ftruncate(self._fd, self._size)
                raise OSError("short write")
        except OSError:
            self._dropped += len(lines)
            return
        self._dropped = 0
        self._size += len(data)
        if self._size >= self._spec.size:
            self._rotate()

    def _rotate(self) -> None:
        os.close(self._fd)
        self._fd = -1
        last = self._spec.files - 1
        with suppress(OSError):
            if last == 0:
                self._path.unlink()
            for number in range(last, 0, -1):
                source = self._path if number == 1 else self._path.with_name(f"{self._path.name}.{number - 1}")
                if source.exists():
                    source.replace(self._path.with_name(f"{self._path.name}.{number}"))
        number = self._number
        self.open()
        self._number = number


def _last_number(path: Path) -> int:
    """The number of the last line written, so that a reader can tell what it has seen."""
    with suppress(OSError, ValueError, KeyError, IndexError), open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 2 * _LONGEST_LINE))
        return int(json.loads(file.read(2 * _LONGEST_LINE).splitlines()[-1])["n"])
    return 0


class Lines:
    """Reads one stream of a container (a pipe's end, or a terminal's) and hands whole lines to a writer."""

    def __init__(self, fd: int, stream: str, writer: LogWriter) -> None:
        self._fd, self._stream, self._writer = fd, stream, writer
        self._rest, self._cut = b"", False
        self._done = asyncio.get_running_loop().create_future()
        os.set_blocking(fd, False)
        asyncio.get_running_loop().add_reader(fd, self._readable)

    async def ended(self) -> None:
        """Wait until the stream has ended and its last line is written."""
        await asyncio.shield(self._done)

    def close(self) -> None:
        if self._fd < 0:
            return
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)
        self._fd = -1
        if self._rest:
            self._writer.write(self._stream, [_text(self._rest)])
            self._rest = b""
        if not self._done.done():
            self._done.set_result(None)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        for hear in self._writer.bytes_listeners:
            hear(self._stream, data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if self._cut and whole and not whole[0]:
            del whole[0]  # the end of a line that was too long to wait for
        self._cut = False
        if len(self._rest) > _LONGEST_LINE:
            whole.append(self._rest)
            self._rest, self._cut = b"", True
        if whole:
            self._writer.write(self._stream, [_text(line) for line in whole])


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").removesuffix("\r")
