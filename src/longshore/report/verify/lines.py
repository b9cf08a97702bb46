"""What verify found, as lines: a result as it comes, and the whole. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from longshore.report.line import Line, Span
from longshore.report.times import prose
from longshore.report.verify.words import counts, said, several
from longshore.verify.check import Check
from longshore.verify.result import Difference, Report, Result, Verdict

__all__ = ["closing_lines", "difference_lines", "family_line", "result_lines", "trying_line"]

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
    words = said(result)
    took = f"  {prose(result.seconds)}" if result.seconds >= 1 else ""
    yield (
        Span(f"  {mark} ", style),
        Span(criterion.sentence),
        Span(f"  {words}" if words else "", "dim"),
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
    parts = counts(report.results) or ["nothing to check"]
    copy = "a fresh copy of " if report.origin.fresh else ""
    yield ()
    yield (
        Span(" · ".join(parts), "bold"),
        Span(f"  {copy}{report.origin.project} on {report.origin.engine}, in {prose(report.seconds)}", "dim"),
    )
    if report.baseline:
        yield from change_lines(report)


def change_lines(report: Report) -> Iterable[Line]:
    """What is different since an earlier report."""
    yield (Span(f"  since {report.baseline}: {several(len(report.changes), 'change')}", "dim"),)
    yield from difference_lines(report.changes)


def difference_lines(found: Iterable[Difference]) -> Iterable[Line]:
    """Differences, each with what either side has."""
    for one in found:
        yield (Span("  ↳ ", "failed" if one.worse else "dim"), Span(f"{one.id}  "), Span(one.what, "dim"))
        yield (Span(f"      {one.first or '–'}", "dim"),)
        yield (Span(f"      {one.second or '–'}", "dim"),)
