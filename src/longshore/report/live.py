"""Lines at the foot of a terminal that are drawn again in place, with text going by above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from longshore.report.line import Line, paint

__all__ = ["Foot"]

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronised output: a terminal that knows it shows a frame at once, others ignore it."""


class Foot:
    """`draw` replaces what the last `draw` showed; `above` writes text that stays, over the foot."""

    def __init__(self, stream: TextIO, colour: bool) -> None:
        self._stream, self._colour = stream, colour
        self._lines: list[str] = []

    def draw(self, lines: Sequence[Line]) -> None:
        painted = [paint(line, self._colour) for line in lines]
        if painted != self._lines:
            self._write(self._erase() + self._text(painted))
            self._lines = painted

    def above(self, text: str) -> None:
        """`text` ends with a line feed."""
        self._write(self._erase() + text + self._text(self._lines))

    def leave(self) -> None:
        """What is drawn now stays; the next `draw` begins below it."""
        self._lines = []

    def _erase(self) -> str:
        return f"\x1b[{len(self._lines)}A\r\x1b[J" if self._lines else ""

    @staticmethod
    def _text(painted: Sequence[str]) -> str:
        return "".join(f"{line}\x1b[K\n" for line in painted)

    def _write(self, text: str) -> None:
        self._stream.write(_BEGIN + text + _END)
        self._stream.flush()
