"""What verify says: criteria, what was seen of each, and the whole as one report that every form is printed from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from longshore.model.record import record
from longshore.verify.portrait import Portrait

__all__ = ["SCHEMA", "Criterion", "Difference", "Evidence", "Family", "Origin", "Report", "Result", "Seen", "Verdict"]

SCHEMA = 1
"""Version of the report's JSON form; grows when a field changes its meaning or goes."""


class Verdict(StrEnum):
    """What became of a criterion. Only HOLDS counts as proven."""

    HOLDS = "holds"
    SHORT = "falls short"
    SKIPPED = "skipped"
    """On purpose, and `Result.reason` says why."""
    UNCHECKED = "could not be checked"
    """The check itself did not come to an end; `Result.reason` says what stood in its way."""


class Family(StrEnum):
    """Kinds of criteria, in the order in which they are tried and told."""

    STARTS = "starts"
    REACHABLE = "reachable"
    RELOADS = "reloads"
    MIGRATES = "migrates"
    PERSISTS = "persists"
    ISOLATED = "isolated"
    RECOVERS = "recovers"
    """Stops as asked, and is back after a fault."""
    SAFE = "safe"
    YOURS = "yours"
    """What the file asks for under `x-longshore.verify`."""


@record
class Criterion:
    """One thing that must be so. `id` is stable between runs and engines (`reachable.web.8000`): family, then what it
    is about. `sentence` is for a customer; `method` says in a line how it is tried; `advice` what to do when it falls
    short. `service` is empty for what concerns the whole stack."""

    id: str
    family: Family
    sentence: str
    method: str
    advice: str
    service: str = ""


@record
class Evidence:
    """Something seen: an exchange, log lines, a table of times, a diff. `text` may have many lines; secrets are taken
    out before it is stored (see `Report`)."""

    title: str
    text: str


@record
class Seen:
    """What a check answers: whether the criterion holds, in the words of `expected` and `seen`."""

    verdict: Verdict
    expected: str = ""
    seen: str = ""
    reason: str = ""
    """For SKIPPED and UNCHECKED, a sentence that a reader accepts."""
    evidence: tuple[Evidence, ...] = ()
    measured: tuple[tuple[str, float], ...] = ()
    """Figures by name, in seconds or bytes as the name says (`seconds until back`); compared between engines."""


@record
class Result:
    """A criterion with what was seen of it, and the seconds for which the run was at it, or waited for it."""

    criterion: Criterion
    seen: Seen
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        return self.seen.verdict


@record
class Origin:
    """What was verified, and where: enough to do it again. `commit` is empty outside a work tree of git; `clean` is
    None there, else whether everything was committed."""

    project: str
    engine: str
    engine_version: str
    machine: str
    version: str
    """Of Longshore."""
    fresh: bool
    commit: str = ""
    clean: bool | None = None
    began: float = 0.0
    """Seconds since 1970."""


@record
class Difference:
    """Where two reports differ on one criterion: `what` is "verdict", "seen", "evidence" or a figure's name, or "only
    there" for a criterion that one of the two does not have. `first` and `second` say what each has; `worse`: what held
    in the first falls short in the second, or could not be checked there."""

    id: str
    sentence: str
    what: str
    first: str
    second: str
    worse: bool = False


@record
class Report:
    """One run. Texts hold no secret: whoever makes a report has redacted them, so a form need not."""

    origin: Origin
    results: tuple[Result, ...]
    seconds: float
    timeline: str = ""
    """The start-up as a table of times; empty when the stack was not started by this run."""
    portrait: Portrait = Portrait()
    baseline: str = ""
    """Which earlier report it was compared with, in words; empty for none."""
    changes: tuple[Difference, ...] = ()
    """What is different since then."""

    def count(self, verdict: Verdict) -> int:
        return sum(result.verdict is verdict for result in self.results)

    @property
    def exit_code(self) -> int:
        """0: all held; 1: something fell short; 2: something could not be checked, or nothing was."""
        if self.count(Verdict.SHORT):
            return 1
        return 2 if self.count(Verdict.UNCHECKED) or not self.count(Verdict.HOLDS) else 0

    def of(self, family: Family) -> Iterable[Result]:
        return (result for result in self.results if result.criterion.family is family)
