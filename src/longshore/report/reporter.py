"""Those who show progress while a command runs: in place on a terminal, line by line, as JSON, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Protocol, TextIO

from longshore.report.line import Line, Span, cut, paint
from longshore.report.live import Foot
from longshore.report.progress import Progress, Row, State
from longshore.report.rows import notes_of, progress_lines, row_note
from longshore.report.terminal import Screen, size_of
from longshore.report.times import prose
from longshore.state.events import BuildOutput, BuildStep, Event, as_json

__all__ = ["JsonReporter", "LiveReporter", "PlainReporter", "QuietReporter", "Reporter", "reporter"]

FRAME = 0.1
SILENT = 3.0
"""Seconds of a build or a fetch without a line, after which one says how far it is, where lines are all there is."""
HEARING = 10.0
"""Seconds between two lines about one failing health check, where lines are all there is."""


class Reporter(Protocol):
    """`take` reads an event; `say` prints a line that stays; `text` lets a service's log line go by; `close` leaves
    the last state on the screen."""

    progress: Progress

    def take(self, event: Event) -> None: ...

    def say(self, lines: Iterable[Line]) -> None: ...

    def text(self, line: str) -> None: ...

    def close(self) -> None: ...


def reporter(mode: str, progress: Progress, screen: Screen, stream: TextIO) -> Reporter:
    """The one for --progress `mode`; "auto" draws in place where the terminal can."""
    if mode == "json":
        return JsonReporter(progress, stream)
    if mode == "quiet":
        return QuietReporter(progress)
    if mode == "tty" or (mode in ("", "auto") and screen.live):
        return LiveReporter(progress, screen, stream)
    return PlainReporter(progress, screen, stream)


class QuietReporter:
    """Says nothing, and knows all the same."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def take(self, event: Event) -> None:
        self.progress.take(event)

    def say(self, lines: Iterable[Line]) -> None:
        del lines

    def text(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def close(self) -> None:
        pass


class JsonReporter(QuietReporter):
    """Every event as one JSON object a line."""

    def __init__(self, progress: Progress, stream: TextIO) -> None:
        super().__init__(progress)
        self._stream = stream

    def take(self, event: Event) -> None:
        super().take(event)
        self._stream.write(json.dumps(as_json(event)) + "\n")
        self._stream.flush()


class PlainReporter(QuietReporter):
    """One line whenever a service changes its state, and every line of a build's output."""

    def __init__(self, progress: Progress, screen: Screen, stream: TextIO) -> None:
        super().__init__(progress)
        self._screen, self._stream = screen, stream
        self._said: dict[str, State] = {}
        self._heard: dict[str, tuple[str, float]] = {}
        self._resources = 0
        self._closed = False
        self._spoke: dict[str, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def take(self, event: Event) -> None:
        self._tell(event)
        self._go_on()

    def _tell(self, event: Event) -> None:
        row = self.progress.take(event)
        if row is not None and row.heard:
            self._hear(row, event.time)
        if isinstance(event, BuildOutput):
            self._print((Span(f"{event.service} | {event.line}"),), row)
        elif isinstance(event, BuildStep):
            cached = " (cached)" if event.cached else ""
            self._print((Span(f"{event.service}: step {row.step if row else ''}{cached}"),), row)
        elif row is not None and row.label:
            self._changes(row)
        for text in self.progress.resources[self._resources :]:
            self._print((Span(text),))
        self._resources = len(self.progress.resources)

    def _changes(self, row: Row) -> None:
        if row.state == self._said.get(row.label) or row.state in ("", "creating", "created", "building", "stopping"):
            return
        if not row.began and row.label not in self._said and row.state in ("running", "healthy", "stopped"):
            return
        self._said[row.label] = row.state
        took = f" after {prose(max(0.0, row.ended - row.began))}" if row.ended and row.state in _TIMED else ""
        runs = f"  {row.runs}" if row.state in ("starting", "running") and row.runs else ""
        note = row.step if row.state == "fetching" else row_note(row) if row.state != "starting" else ""
        joint = " " if row.state == "waiting" else "  "
        self._print((Span(f"{row.label}: {row.state}{took}{runs}{joint + note if note else ''}"),), row)

    def _go_on(self) -> None:
        """Look again in a while at what is being made, for as long as something is."""
        at_work = any(row.state in _MADE for row in self.progress.rows.values())
        if at_work and self._timer is None and not self._closed:
            with contextlib.suppress(RuntimeError):  # nothing takes any time where no loop runs
                self._timer = asyncio.get_running_loop().call_later(SILENT / 3, self._break_silence)

    def _break_silence(self) -> None:
        self._timer = None
        now = time.monotonic()
        for row in self.progress.rows.values():
            if row.state in _MADE and now - self._spoke.setdefault(row.label, now) >= SILENT:
                took = prose(max(0.0, time.time() - row.began))
                note = row_note(row)
                self._print((Span(f"{row.label}: {row.state}{f'  {note}' if note else ''}, {took} so far"),), row)
        self._go_on()

    def _hear(self, row: Row, time: float) -> None:
        """What a failing health check says, when it says something else, and not at every second."""
        text, last = self._heard.get(row.label, ("", 0.0))
        if row.heard != text and time - last >= HEARING:
            self._heard[row.label] = (row.heard, time)
            self._print((Span(f"{row.label}: health check: {row.heard}"),), row)

    def say(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._print(line)

    def _print(self, line: Line, row: Row | None = None) -> None:
        if row:
            self._spoke[row.label] = time.monotonic()
        self._stream.write(paint(line, self._screen.colour) + "\n")
        self._stream.flush()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        for row in self.progress.rows.values():
            self._changes(row)
        if not self._closed:
            self.say(notes_of(self.progress))
        self._closed = True


_TIMED = frozenset({"healthy", "completed", "stopped", "built", "fetched"})
_MADE = frozenset({"building", "fetching"})
"""States of an image that is being made."""


class LiveReporter(QuietReporter):
    """Rows at the foot of the terminal, drawn again ten times a second while something is at work."""

    def __init__(
        self, progress: Progress, screen: Screen, stream: TextIO, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(progress)
        self._screen, self._stream, self._clock = screen, stream, clock
        self._foot = Foot(stream, screen.colour)
        self._frame = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def take(self, event: Event) -> None:
        super().take(event)
        if self._timer is None and not self._closed:
            self._draw()

    def _draw(self) -> None:
        self._timer = None
        if self._closed:
            return
        self._frame += 1
        self._foot.draw(self._lines())
        if self.progress.active:
            self._timer = asyncio.get_running_loop().call_later(FRAME, self._draw)

    def _lines(self) -> list[Line]:
        now, height = self._clock(), self._measure()
        lines = progress_lines(self.progress, self._screen, now, self._frame)
        if len(lines) < height:
            return lines
        lines = progress_lines(self.progress, self._screen, now, self._frame, active=True)
        room = max(1, height - 2)
        rest = len(self.progress.rows) - min(room, len(lines))
        return [*lines[:room], (Span(f"  … {rest} more", "dim"),)]

    def _measure(self) -> int:
        """The lines that the terminal has now; what is drawn next fits its columns. A line that is too long would take
        up two, and the next frame would not erase all of this one."""
        size = size_of(self._stream, fallback=(self._screen.width, 24))
        self._screen = self._screen._replace(width=size.columns)
        return size.lines

    def say(self, lines: Iterable[Line]) -> None:
        self._measure()
        text = "".join(paint(cut(line, self._screen.width), self._screen.colour) + "\n" for line in lines)
        if text:
            self._foot.above(text)

    def text(self, line: str) -> None:
        if self._closed or not sys.stdout.isatty():
            super().text(line)
        else:
            self._foot.above(line + "\n")

    def close(self) -> None:
        """Draw every row a last time and let it stay."""
        if self._closed:
            return
        self._closed = True
        if self._timer:
            self._timer.cancel()
        self._measure()
        now = self._clock()
        rows = progress_lines(self.progress, self._screen, now, self._frame, final=True)
        self._foot.draw([*rows, *notes_of(self.progress)])
        self._foot.leave()
