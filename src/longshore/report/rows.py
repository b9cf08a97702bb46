"""The rows of the progress display as lines: one a service, aligned, with what each waits for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from longshore.model.record import replace
from longshore.report.line import Line, Span, cut, pad, width
from longshore.report.progress import Progress, Row, State
from longshore.report.terminal import Screen
from longshore.report.times import size, ticks

__all__ = ["SPINNER", "notes_of", "progress_lines", "row_note"]

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

_STYLES: Mapping[State, str] = {
    "healthy": "healthy", "running": "healthy", "completed": "done", "built": "done", "fetched": "done",
    "failed": "failed", "unhealthy": "failed", "skipped": "dim", "stopped": "dim", "removed": "dim", "created": "dim",
    "": "dim", "paused": "dim",
}  # fmt: skip
_SYMBOLS: Mapping[State, str] = {
    "healthy": "✓", "running": "✓", "completed": "✓", "built": "✓", "fetched": "✓", "stopped": "✓", "removed": "✓",
    "paused": "✓", "failed": "✗", "unhealthy": "✗", "skipped": "–", "waiting": "·", "created": "·",
    "": "·",
}  # fmt: skip


def progress_lines(
    progress: Progress, screen: Screen, now: float, spin: int = 0, *, active: bool = False, final: bool = False
) -> list[Line]:
    """Every row as a line; with `active` only those at work (where not all fit on the screen), with `final` without
    those that nothing happened to. `now` in seconds since the epoch; `spin` counts the frames."""
    rows = [row for row in progress.rows.values() if row.active or not active]
    rows = [row for row in rows if row.state] if final else [_as_waiting(row, progress) for row in rows]
    if not rows:
        return []
    widths = _Widths(rows)
    return [cut(_line(row, widths, screen, now, spin), screen.width) for row in rows]


def _as_waiting(row: Row, progress: Progress) -> Row:
    """A row whose turn has not come, as one that waits for what it needs, less what is ready by now."""
    if row.state == "waiting":
        left = [name for name in row.waiting_for if not progress.finished(name)]
        return replace(row, waiting_for=left) if left else row
    unmet = progress.unmet(row) if row.state in ("", "created") else []
    return replace(row, state="waiting", waiting_for=unmet) if unmet else row


class _Widths:
    def __init__(self, rows: Iterable[Row]) -> None:
        shown = list(rows)
        self.label = max(width(row.label) for row in shown)
        self.runs = max(width(row.runs) for row in shown)
        self.state = max(8, *(len(row.state) for row in shown))


def _line(row: Row, widths: _Widths, screen: Screen, now: float, spin: int) -> Line:
    style = _STYLES.get(row.state, "waiting")
    narrow = 0 < screen.width < 72
    spans = [Span("  ")]
    if screen.unicode:
        spans.append(Span(_SYMBOLS.get(row.state, SPINNER[spin % len(SPINNER)]) + " ", style))
    spans.append(Span(pad(row.label, widths.label + 3), "name"))
    if widths.runs and not narrow:
        spans.append(Span(pad(row.runs, widths.runs + 3), "dim"))
    spans.append(Span(pad(row.state, widths.state + 2), style))
    spans.append(Span(pad(_took(row, now), 8)))
    spans.append(Span(row_note(row), "dim"))
    return tuple(spans)


def _took(row: Row, now: float) -> str:
    if not row.began or row.state == "waiting":
        return ""
    return ticks(max(0.0, (row.ended or now) - row.began))


def row_note(row: Row) -> str:
    """What else there is to say of a row: what it waits for, asks, builds; its address; why it failed."""
    if row.state == "waiting":
        return f"for {', '.join(dict.fromkeys(row.waiting_for))}"
    if row.state in ("building", "fetching"):
        return _step(row)
    if row.state == "starting" and row.heard:
        return f"health check: {row.heard}"
    if row.state == "starting" and row.probe:
        return f"probing {row.probe}"
    if row.state == "skipped":
        return f"needs {row.error}" if row.error else ""
    if row.state in ("failed", "restarting", "unhealthy"):
        return row.error
    waited = f"waited {ticks(row.waited)} for {row.waited_for}" if row.waited_for and row.waited >= 0.005 else ""
    ports = "" if row.state in ("stopping", "stopped", "removed") else ", ".join(row.ports)
    return "   ".join(part for part in (waited, ports) if part)


def _step(row: Row) -> str:
    if not row.done:
        return row.step
    if not row.total:
        return f"{row.step} {size(row.done)}"
    return f"{row.step} {size(row.done)} of {size(row.total)}, {100 * row.done // row.total} %"


def notes_of(progress: Progress) -> Sequence[Line]:
    """What was built and why, and what the engine had to say."""
    lines: list[Line] = []
    if progress.builds:
        parts = [f"{service}: {what}" for service, what in progress.builds.items()]
        lines.append((Span("  built "), Span("; ".join(parts), "dim")))
    lines += [(Span(f"  note: {note}", "waiting"),) for note in dict.fromkeys(progress.notes)]
    return lines
