"""The engine's multiplexed stream: eight bytes of header (which stream, how long), then the payload. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

__all__ = ["Demultiplexer", "LineJoiner", "Stream"]

Stream = Literal["stdout", "stderr"]
HEADER = 8
_NAMES: dict[int, Stream] = {0: "stdout", 1: "stdout", 2: "stderr"}


class Demultiplexer:
    """Feed it bytes as they arrive; it yields whole frames. With a terminal (`tty`) there are no frames."""

    def __init__(self, *, tty: bool = False) -> None:
        self._tty, self._buffer = tty, b""

    def feed(self, data: bytes) -> Iterator[tuple[Stream, bytes]]:
        if self._tty:
            yield "stdout", data
            return
        self._buffer += data
        while len(self._buffer) >= HEADER:
            size = int.from_bytes(self._buffer[4:HEADER], "big")
            if len(self._buffer) < HEADER + size:
                return
            frame = self._buffer[HEADER : HEADER + size]
            stream = _NAMES.get(self._buffer[0], "stdout")
            self._buffer = self._buffer[HEADER + size :]
            yield stream, frame


class LineJoiner:
    """Turns frames of time-stamped output into lines: (stream, time stamp, text). A line longer than the engine's
    16 kB comes in pieces, each with a time stamp of its own; the first one's counts."""

    def __init__(self) -> None:
        self._open: dict[Stream, tuple[str, bytes]] = {}

    def feed(self, stream: Stream, frame: bytes) -> Iterator[tuple[Stream, str, str]]:
        for piece in frame.splitlines(keepends=True):
            stamp, _, text = piece.partition(b" ")
            first, before = self._open.pop(stream, (stamp.decode("ascii", "replace"), b""))
            whole = before + text
            if piece.endswith(b"\n"):
                yield stream, first, whole.rstrip(b"\r\n").decode("utf-8", "replace")
            else:
                self._open[stream] = first, whole

    def rest(self) -> Iterator[tuple[Stream, str, str]]:
        """A last line that never ended."""
        for stream, (stamp, text) in self._open.items():
            yield stream, stamp, text.decode("utf-8", "replace")
        self._open = {}
