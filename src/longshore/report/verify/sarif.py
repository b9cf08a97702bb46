"""What falls short as SARIF, at the service's line in the Compose file. Pure."""

from __future__ import annotations

from longshore.report import sarif
from longshore.verify.result import Report, Result, Verdict

__all__ = ["as_sarif"]

LEVELS = {Verdict.SHORT: "error", Verdict.UNCHECKED: "warning"}


def as_sarif(report: Report) -> str:
    """A log with one run: a rule for each criterion, a result for each that falls short or could not be checked."""
    rules = [
        {
            "id": result.criterion.id,
            "shortDescription": {"text": result.criterion.sentence},
            "fullDescription": {"text": f"{result.criterion.sentence}. How it is tried: {result.criterion.method}"},
            "help": {"text": result.criterion.advice or result.criterion.method},
        }
        for result in report.results
    ]
    places = {node.name: (node.file, node.line) for node in report.portrait.nodes}
    first = next(iter(places.values()), ("", 0))
    told = [result for result in report.results if result.verdict in LEVELS]
    results = [_entry(result, *places.get(result.criterion.service, (first[0], 1))) for result in told]
    return sarif.log("shore verify", report.origin.version, rules, results)


def _entry(result: Result, file: str, line: int) -> dict[str, object]:
    seen, criterion = result.seen, result.criterion
    if result.verdict is Verdict.SHORT:
        text = f"{criterion.sentence}: falls short. Expected {seen.expected}; seen: {seen.seen}. {criterion.advice}"
    else:
        text = f"{criterion.sentence}: could not be checked: {seen.reason}"
    return sarif.result(criterion.id, LEVELS[result.verdict], text, file, line)
