"""Two reports beside each other: of two runs in time, or of two engines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest

from longshore.model.record import record, replace
from longshore.verify.result import Difference, Evidence, Report, Result, Verdict

__all__ = ["Comparison", "between", "compared", "since"]

_FREE = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{8,}\b|\b\d{4}-\d\d-\d\dT[\d:.]+Z?"
    r"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4}|(?<![A-Za-z.])\d+(?:\.\d+)*"
)
"""What differs from run to run and says nothing by that: numbers, times, ids."""
_SPACE = re.compile(r"[ \t]+")
"""Columns are as wide as their numbers."""

_FAR = 3.0
"""Times a figure has to differ to be told, and by more than the slack below."""
_SLACK = {"seconds": 2.0, "bytes": 1e6}


@record
class Comparison:
    """The reports of one project on several engines, and where each of the others differs from the first."""

    reports: tuple[Report, ...]
    differences: tuple[tuple[str, tuple[Difference, ...]], ...]
    """By engine (the first one's has no row)."""

    @property
    def exit_code(self) -> int:
        """1 where something fell short on any, or holds on one and not on the other; else the worst of the reports'."""
        codes = [report.exit_code for report in self.reports]
        verdicts = any(_opposed(one) for _, found in self.differences for one in found)
        return 1 if verdicts or 1 in codes else max(codes, default=2)


def _opposed(one: Difference) -> bool:
    return one.what == "verdict" and {one.first.partition(":")[0], one.second.partition(":")[0]} == {
        Verdict.HOLDS.value, Verdict.SHORT.value}  # fmt: skip


def compared(reports: tuple[Report, ...]) -> Comparison:
    """The reports beside each other."""
    first, *others = reports
    return Comparison(reports, tuple((one.origin.engine, between(first, one)) for one in others))


def since(report: Report, before: Report) -> Report:
    """The report, with what has changed since an earlier one: verdicts, and criteria that came or went."""
    found = tuple(one for one in between(before, report) if one.what in ("verdict", "only there"))
    began = datetime.fromtimestamp(before.origin.began, UTC).strftime("%Y-%m-%d %H:%M")
    commit = f", commit {before.origin.commit[:12]}" if before.origin.commit else ""
    return replace(report, baseline=f"{began} on {before.origin.engine}{commit}", changes=found)


def between(first: Report, second: Report) -> tuple[Difference, ...]:
    """Every difference of verdict or evidence, in the order of the criteria. Numbers, times and ids alone are none."""
    ones = {result.criterion.id: result for result in first.results}
    others = {result.criterion.id: result for result in second.results}
    return tuple(
        difference
        for ident in dict.fromkeys((*ones, *others))
        for difference in _of(ones.get(ident), others.get(ident))
    )


def _of(one: Result | None, other: Result | None) -> Iterator[Difference]:
    if one is None or other is None:
        there = one or other
        assert there
        has = _said(there)
        yield _difference(there, "only there", has if one else "", has if other else "",
                          other is not None and other.verdict in (Verdict.SHORT, Verdict.UNCHECKED))  # fmt: skip
        return
    if one.verdict is not other.verdict:
        worse = one.verdict is Verdict.HOLDS and other.verdict in (Verdict.SHORT, Verdict.UNCHECKED)
        yield _difference(one, "verdict", _said(one), _said(other), worse)
    elif _plain(_words(one)) != _plain(_words(other)):
        yield _difference(one, "seen", _words(one), _words(other))
    yield from _evidence(one, other)
    yield from _figures(one, other)


def _difference(of: Result, what: str, first: str, second: str, worse: bool = False) -> Difference:
    return Difference(of.criterion.id, of.criterion.sentence, what, first, second, worse)


def _words(result: Result) -> str:
    return result.seen.seen or result.seen.reason


def _said(result: Result) -> str:
    return f"{result.verdict.value}: {_words(result)}"


def _plain(text: str) -> str:
    return _SPACE.sub(" ", _FREE.sub("#", text))


def _evidence(one: Result, other: Result) -> Iterator[Difference]:
    for first, second in zip_longest(one.seen.evidence, other.seen.evidence):
        if first is None or second is None or _bare(first) != _bare(second):
            yield _difference(one, "evidence", _text(first), _text(second))


def _bare(evidence: Evidence) -> tuple[str, frozenset[str]]:
    """Without the order of lines, which servers and clocks decide."""
    return _plain(evidence.title), frozenset(_plain(line).strip() for line in evidence.text.splitlines())


def _text(evidence: Evidence | None) -> str:
    return f"{evidence.title}\n{evidence.text}" if evidence else ""


def _figures(one: Result, other: Result) -> Iterator[Difference]:
    there = dict(other.seen.measured)
    for name, value in one.seen.measured:
        rival = there.get(name)
        slack = next((amount for word, amount in _SLACK.items() if word in name), 0.0)
        if rival is None or abs(rival - value) <= slack or max(rival, value) < _FAR * min(rival, value):
            continue
        yield _difference(one, name, f"{value:.2f}", f"{rival:.2f}")
