"""What verify found, as lines: a result as it comes, and the whole. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from longshore.model.codec import encode_whole
from longshore.report.line import Line, Span
from longshore.report.times import prose
from longshore.verify.check import Check
from longshore.verify.result import SCHEMA, Report, Result, Verdict

__all__ = ["as_json", "closing_lines", "family_line", "result_lines", "trying_line"]

MARKS = {
    Verdict.HOLDS: ("✓", "ok", "healthy"),
    Verdict.SHORT: ("✗", "failed", "failed"),
    Verdict.SKIPPED: ("–", "skipped", "dim"),
    Verdict.UNCHECKED: ("?", "unchecked", "waiting"),
}
"""By verdict: the sign, its plain twin, the style."""


def family_line(result: Result) -> Line:
    """The heading of a family."""
    return (Span(result.criterion.family.value, "bold"),)


def result_lines(result: Result, *, unicode: bool) -> Iterable[Line]:
    """What came of one criterion; of what falls short also what was expected, and what to do."""
    seen, criterion = result.seen, result.criterion
    sign, plain, style = MARKS[result.verdict]
    mark = sign if unicode else f"{plain:<9}"
    said = seen.reason if result.verdict in (Verdict.SKIPPED, Verdict.UNCHECKED) else seen.seen
    took = f"  {prose(result.seconds)}" if result.seconds >= 1 else ""
    yield (
        Span(f"  {mark} ", style),
        Span(criterion.sentence),
        Span(f"  {said}" if said else "", "dim"),
        Span(took, "dim"),
    )
    if result.verdict is Verdict.SHORT:
        if seen.expected:
            yield (Span(f"      expected {seen.expected}", "dim"),)
        yield (Span(f"      {criterion.id}: {criterion.advice}", "hint"),)


def trying_line(check: Check, done: int, count: int, frame: str) -> Line:
    """What is being tried now, for the foot of a terminal."""
    return (Span(f"  {frame} ", "waiting"), Span(f"{done + 1}/{count} ", "dim"), Span(check.criterion.sentence))


def closing_lines(report: Report) -> Iterable[Line]:
    """How many hold, and the ids of those that do not."""
    counts = {verdict: report.count(verdict) for verdict in Verdict}
    words = {Verdict.HOLDS: "hold", Verdict.SHORT: "fall short", Verdict.SKIPPED: "skipped",
             Verdict.UNCHECKED: "could not be checked"}  # fmt: skip
    parts = [f"{counts[verdict]} {words[verdict]}" for verdict in Verdict if counts[verdict]] or ["nothing to check"]
    copy = "a fresh copy of " if report.origin.fresh else ""
    yield ()
    yield (
        Span(" · ".join(parts), "bold"),
        Span(f"  {copy}{report.origin.project} on {report.origin.engine}, in {prose(report.seconds)}", "dim"),
    )


def as_json(report: Report) -> str:
    """The report as one JSON object, every field of the records under its own name."""
    return json.dumps({"schema": SCHEMA, **encode_whole(report), "exit_code": report.exit_code}, indent=2)
