"""Words that all forms of a verification share. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from longshore.report.times import prose, size
from longshore.verify.result import Family, Origin, Report, Result, Verdict

__all__ = ["FAMILIES", "SIGNS", "counts", "facts", "figure", "headline", "said", "several", "spent"]

SIGNS: Mapping[Verdict, str] = {
    Verdict.HOLDS: "✓", Verdict.SHORT: "✗", Verdict.SKIPPED: "–", Verdict.UNCHECKED: "?",
}  # fmt: skip

COUNTED: Mapping[Verdict, tuple[str, str]] = {
    Verdict.HOLDS: ("holds", "hold"),
    Verdict.SHORT: ("falls short", "fall short"),
    Verdict.SKIPPED: ("skipped", "skipped"),
    Verdict.UNCHECKED: ("could not be checked", "could not be checked"),
}
"""By verdict: the word for one, and for several."""

FAMILIES: Mapping[Family, tuple[str, str]] = {
    Family.STARTS: ("Starts", "Every service reaches its state, in order and in time."),
    Family.REACHABLE: ("Reachable", "What is published answers, in its own protocol."),
    Family.RELOADS: ("Reloads", "A change of the source shows in the running service."),
    Family.MIGRATES: ("Migrates", "The database has the shape that the code expects, and the way back works."),
    Family.PERSISTS: ("Persists", "What is written stays, through stopping and starting."),
    Family.ISOLATED: ("Isolated", "Services reach those that they may, and nobody else."),
    Family.RECOVERS: ("Stops and recovers", "Work in progress is finished, and a fault is repaired."),
    Family.SAFE: ("Safe", "Least privilege, no secrets where they do not belong, limits in force."),
    Family.YOURS: ("Yours", "What the project itself demands."),
}
"""By family: its name for people, and what it is about in a sentence."""


def counted(count: int, verdict: Verdict) -> str:
    """ "12 hold", "1 falls short"."""
    return f"{count} {COUNTED[verdict][count != 1]}"


def counts(results: Iterable[Result]) -> list[str]:
    """How many there are of each verdict that there is, in words."""
    found = Counter(result.verdict for result in results)
    return [counted(found[verdict], verdict) for verdict in Verdict if found[verdict]]


def several(count: int, word: str) -> str:
    """ "no changes", "1 change", "2 changes"."""
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"


def headline(report: Report) -> str:
    """The whole in a few words: "all 12 hold", "1 of 14 falls short"."""
    short, unchecked = report.count(Verdict.SHORT), report.count(Verdict.UNCHECKED)
    if short:
        return f"{short} of {len(report.results)} {COUNTED[Verdict.SHORT][short != 1]}"
    if unchecked:
        return f"{unchecked} of {len(report.results)} could not be checked"
    held = report.count(Verdict.HOLDS)
    if not held:
        return "nothing was checked"
    return "all that was checked holds" if report.count(Verdict.SKIPPED) else f"all {held} hold"


def said(result: Result) -> str:
    """What was seen, or why it was not tried."""
    wordless = result.verdict in (Verdict.SKIPPED, Verdict.UNCHECKED)
    return result.seen.reason if wordless else result.seen.seen


LONG = 1.0
"""Seconds from which on a criterion has a line of its own in what was spent."""


def spent(report: Report) -> tuple[tuple[str, str, float], ...]:
    """Where the time of a run went, line by line: what, by what it was tried, seconds. The lines are the whole."""
    long = [result for result in report.results if result.seconds >= LONG]
    rows = [(result.criterion.sentence, result.criterion.method, result.seconds) for result in long]
    others = [result.seconds for result in report.results if result.seconds < LONG]
    rest = report.seconds - sum(result.seconds for result in report.results)
    first = "the copy is made and brought up" if report.origin.fresh else "the stack is looked at"
    return (
        (first, "before the first criterion", max(0.0, rest)),
        *sorted(rows, key=lambda row: -row[2]),
        (f"{several(len(others), 'other criterion').replace('criterions', 'criteria')}", "", sum(others)),
    )


def facts(origin: Origin) -> tuple[tuple[str, str], ...]:
    """What was verified and where, by name."""
    state = {True: "everything committed", False: "with changes that are not committed", None: ""}[origin.clean]
    commit = ", ".join(part for part in (origin.commit[:12], state) if part) if origin.commit else "no git work tree"
    began = datetime.fromtimestamp(origin.began, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    rows = (
        ("project", origin.project),
        ("what", "a fresh copy, brought up for this and removed" if origin.fresh else "the running stack"),
        ("engine", f"{origin.engine}: {origin.engine_version}" if origin.engine_version else origin.engine),
        ("machine", origin.machine),
        ("commit", commit),
        ("began", began),
        ("longshore", origin.version),
    )
    return tuple((name, value) for name, value in rows if value)


def figure(name: str, value: float) -> str:
    """A measured figure in its unit, which its name says."""
    return size(value) if "bytes" in name else prose(value) if "seconds" in name else f"{value:g}"
