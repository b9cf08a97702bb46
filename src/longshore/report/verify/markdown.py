"""A verification as Markdown, for the summary that a CI run shows. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from longshore.report.times import prose
from longshore.report.verify.words import FAMILIES, SIGNS, counts, facts, headline, said, several, spent
from longshore.verify.result import Difference, Family, Report, Result, Verdict

__all__ = ["as_markdown", "differences", "escaped"]

LONGEST = 60
"""Lines of one piece of evidence: CI servers cut summaries at a mebibyte."""


def as_markdown(report: Report) -> str:
    """Headline, what falls short with its evidence, then a table of each family, folded."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: Report) -> Iterator[str]:
    bad = (Verdict.SHORT, Verdict.UNCHECKED)
    sign = SIGNS[Verdict.HOLDS if report.exit_code == 0 else Verdict.SHORT]
    yield f"## {sign} {escaped(report.origin.project)}: {headline(report)}"
    yield ""
    yield f"{' · '.join(counts(report.results))}, in {prose(report.seconds)}"
    yield ""
    if report.baseline:
        yield from _changes(report)
    for result in report.results:
        if result.verdict in bad:
            yield from _wrong(result)
    for family in Family:
        results = tuple(report.of(family))
        if results:
            yield from _family(family, results)
    yield from ("<details><summary>Where the time went</summary>", "", "| what | by | took |", "|---|---|---|")
    yield from (f"| {escaped(what)} | {escaped(by)} | {prose(took)} |" for what, by, took in spent(report))
    yield from ("", "</details>", "")
    yield from ("<details><summary>What was verified, and where</summary>", "", "| | |", "|---|---|")
    yield from (f"| {name} | {escaped(value)} |" for name, value in facts(report.origin))
    yield from ("", "</details>")


def _changes(report: Report) -> Iterator[str]:
    yield f"Since {escaped(report.baseline)}: {several(len(report.changes), 'change')}"
    yield ""
    if report.changes:
        yield from (*differences(report.changes, "before", "now"), "")


def differences(found: Iterable[Difference], first: str, second: str) -> Iterator[str]:
    """A table of differences, side by side."""
    yield f"| criterion | differs in | {first} | {second} |"
    yield "|---|---|---|---|"
    for one in found:
        yield f"| {escaped(one.sentence)} | {one.what} | {escaped(one.first)} | {escaped(one.second)} |"


def _wrong(result: Result) -> Iterator[str]:
    seen, criterion = result.seen, result.criterion
    yield f"### {SIGNS[result.verdict]} {escaped(criterion.sentence)}"
    yield ""
    if result.verdict is Verdict.SHORT:
        yield f"- expected: {escaped(seen.expected)}"
        yield f"- seen: {escaped(seen.seen)}"
        yield f"- what to do: {escaped(criterion.advice)}"
    else:
        yield f"- could not be checked: {escaped(seen.reason)}"
    yield f"- criterion: `{criterion.id}`"
    yield ""
    for one in seen.evidence:
        yield f"<details><summary>{html.escape(one.title)}</summary>"
        yield from ("", *_fenced(one.text), "", "</details>", "")


def _fenced(text: str) -> tuple[str, ...]:
    lines = text.splitlines()
    left = len(lines) - LONGEST
    shown = [*lines[:LONGEST], *([f"… {left} more lines"] if left > 0 else [])]
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return (f"{fence}text", *shown, fence)


def _family(family: Family, results: tuple[Result, ...]) -> Iterator[str]:
    yield f"<details><summary>{FAMILIES[family][0]}: {', '.join(counts(results))}</summary>"
    yield from ("", "| | criterion | seen | took |", "|---|---|---|---|")
    for result in results:
        took = prose(result.seconds)
        yield f"| {SIGNS[result.verdict]} | {escaped(result.criterion.sentence)} | {escaped(said(result))} | {took} |"
    yield from ("", "</details>", "")


def escaped(text: str) -> str:
    """As it stands, on one line: no markup of Markdown or HTML is left in it."""
    flat = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_{}\[\]()#+!|~@])", r"\\\1", flat)
