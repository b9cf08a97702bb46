"""Findings of `doctor` as a table, as JSON, and as SARIF. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby

from longshore.doctor.examine import LEVELS, Report
from longshore.doctor.ground.finding import Finding, Rule
from longshore.report import sarif
from longshore.report.line import Line, Span

__all__ = ["as_json", "as_sarif", "table"]

STYLES = {"error": "failed", "warning": "waiting", "advice": "dim"}
SARIF_LEVELS = {"error": "error", "warning": "warning", "advice": "note"}


def table(report: Report, *, every: bool) -> Iterable[Line]:
    """The gravest first, by rule: what and where, then once why and what to do. Advice is shown with `every`."""
    shown = [f for f in report.findings if every or f.level != "advice"]
    for (level, rule), group in groupby(shown, key=lambda f: (f.level, f.rule)):
        findings = list(group)
        yield (Span(f"{level:<9}", STYLES[level]), Span(rule, "bold"))
        for finding in findings:
            place = f"{finding.place}  " if finding.place else ""
            yield (Span(f"  {place}", "dim"), Span(finding.text))
        yield (Span(f"    {findings[0].why}", "dim"),)
        for todo in dict.fromkeys(finding.todo for finding in findings if finding.todo):
            yield (Span(f"    → {todo}", "hint"),)
    if report.machine:
        yield ()
        for name, text in report.machine.facts:
            yield (Span(f"  {name:<9}", "dim"), Span(text))
    yield ()
    yield (Span(_counts(report, every=every), "bold"),)


def _counts(report: Report, *, every: bool) -> str:
    counts = {level: sum(f.level == level for f in report.findings) for level in LEVELS}
    words = {"error": "error", "warning": "warning", "advice": "piece"}
    parts = [f"{n} {words[level]}{'s' if n != 1 else ''}" for level, n in counts.items() if n and level != "advice"]
    if counts["advice"]:
        n = counts["advice"]
        more = "" if every else " (shore doctor --all shows it)"
        parts.append(f"{n} piece{'s' if n != 1 else ''} of advice{more}")
    if report.silenced:
        parts.append(f"{len(report.silenced)} silenced")
    if any(finding.edit for finding in report.findings):
        parts.append("some can be mended here: shore doctor --fix")
    return " · ".join(parts) or "nothing found"


def as_json(report: Report) -> str:
    """One object: `findings`, `silenced` and `machine`."""
    return json.dumps(
        {
            "version": 1,
            "findings": [_entry(finding) for finding in report.findings],
            "silenced": [{**_entry(one.finding), "reason": one.reason} for one in report.silenced],
            "machine": dict(report.machine.facts) if report.machine else {},
        },
        indent=2,
    )


def _entry(finding: Finding) -> dict[str, object]:
    place = finding.place
    return {
        "rule": finding.rule,
        "level": finding.level,
        "service": finding.service,
        "text": finding.text,
        "file": place.file if place else "",
        "line": place.line if place else 0,
        "column": place.column if place else 0,
        "why": finding.why,
        "todo": finding.todo,
        "fixable": finding.edit is not None,
    }


def as_sarif(report: Report, rules: Iterable[Rule], version: str) -> str:
    """A SARIF log with one run."""
    described = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": f"{rule.title}: {rule.why}"},
            "help": {"text": rule.todo},
            "defaultConfiguration": {"level": SARIF_LEVELS[rule.level]},
        }
        for rule in rules
    ]
    return sarif.log("shore doctor", version, described, map(_result, report.findings))


def _result(finding: Finding) -> dict[str, object]:
    text = f"{finding.text}: {finding.why}. {finding.todo}"
    place = (finding.place.file, finding.place.line, finding.place.column) if finding.place else ()
    return sarif.result(finding.rule, SARIF_LEVELS[finding.level], text, *place)
