"""What `verify` shows while it is at work: results as they come, and on a terminal what is being tried now."""

from __future__ import annotations

import asyncio
import os
import sys

from longshore.cli.arguments import Args
from longshore.cli.display import screen_of
from longshore.report.line import cut, paint
from longshore.report.live import Foot
from longshore.report.terminal import size_of
from longshore.report.verify.lines import family_line, result_lines, trying_line
from longshore.verify.check import Check
from longshore.verify.result import Family, Result
from longshore.verify.run import Told

__all__ = ["TableOfResults"]

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FRAME = 0.1


class TableOfResults(Told):
    """Writes to standard output, and draws at its foot where it is a terminal. Commands in services borrow the
    standard streams while they run, so that it has a descriptor of its own."""

    def __init__(self, args: Args) -> None:
        self._screen = screen_of(args, out=True)
        self._stream = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding, errors="replace")
        self._foot = Foot(self._stream, self._screen.colour) if self._screen.live else None
        self._count, self._done, self._frame = 0, 0, 0
        self._trying: Check | None = None
        self._family: Family | None = None
        self._timer: asyncio.TimerHandle | None = None

    def plans(self, count: int) -> None:
        self._count = count

    def begins(self, check: Check) -> None:
        self._trying = check
        if self._foot and self._timer is None:
            self._draw()

    def result(self, result: Result) -> None:
        self._done += 1
        lines = list(result_lines(result, unicode=self._screen.unicode))
        if result.criterion.family is not self._family:
            self._family = result.criterion.family
            lines.insert(0, family_line(result))
        text = "".join(paint(line, self._screen.colour) + "\n" for line in lines)
        if self._foot:
            self._foot.above(text)
        else:
            self._stream.write(text)
            self._stream.flush()

    def closes(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._foot:
            self._foot.draw([])
        self._stream.close()

    def _draw(self) -> None:
        assert self._foot
        assert self._trying
        self._frame += 1
        line = trying_line(self._trying, self._done, self._count, FRAMES[self._frame % len(FRAMES)])
        self._foot.draw([cut(line, size_of(self._stream).columns)])
        self._timer = asyncio.get_running_loop().call_later(FRAME, self._draw)
