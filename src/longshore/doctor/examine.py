"""Carries the rules out on one project."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.doctor.ground.finding import Edit, Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.doctor.rules import all_rules
from longshore.doctor.silence import Silenced, sort_out
from longshore.flow.home import Where
from longshore.model.errors import ShoreError, ShoreErrors
from longshore.model.record import record

if TYPE_CHECKING:
    from longshore.doctor.machine import Machine

__all__ = ["LEVELS", "Report", "apply", "examine", "findings_of", "fixes"]

LEVELS = ("error", "warning", "advice")
"""The gravest first."""


@record
class Report:
    """All that was found, the gravest first; what the project silences; what is known of the machine."""

    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...]
    machine: Machine | None = None

    @property
    def sound(self) -> bool:
        """Nothing but advice."""
        return all(finding.level == "advice" for finding in self.findings)


async def examine(where: Where, *, linter: bool = True, machine: bool = True) -> Report:
    """Examine the project by every rule; `linter`: with hadolint where it is installed; `machine`: also what would run
    it. Files that cannot be read are findings as well."""
    from longshore.doctor.hadolint import lint
    from longshore.doctor.machine import look
    from longshore.flow.reading import read

    try:
        ground = Ground(where, read(where))
    except ShoreError as error:
        return Report(tuple(_unreadable(error)), ())
    found = list(findings_of(ground, all_rules()))
    if linter:
        found += lint(ground)
    there = await look(ground, found) if machine else None
    if there:
        found += there.findings
    shown, silenced = sort_out(found, ground)
    return Report(tuple(sorted(shown, key=_order)), tuple(silenced), there)


def findings_of(ground: Ground, rules: Iterable[Rule]) -> Iterable[Finding]:
    """What the rules find, each thing once, also where several services share a Dockerfile."""
    found: dict[object, Finding] = {}
    for rule in rules:
        for finding in rule.check(rule, ground):
            found.setdefault((finding.rule, finding.text, finding.place), finding)
    return found.values()


def fixes(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """The safe changes of the findings, each file's once."""
    return tuple({edit.path: edit for finding in findings if (edit := finding.edit)}.values())


def _unreadable(error: ShoreError) -> Iterable[Finding]:
    why = "no command can do anything with files that cannot be read"
    for one in error.errors if isinstance(error, ShoreErrors) else (error,):
        yield Finding("compose.unreadable", "error", one.what, why, one.hint, one.place)


def _order(finding: Finding) -> tuple[int, str, int, str]:
    place = finding.place
    return LEVELS.index(finding.level), place.file if place else "", place.line if place else 0, finding.rule


def apply(edit: Edit) -> None:
    """Carry a change out: whole or not at all, and only on the text that it was made for."""
    path = Path(edit.path)
    now = path.read_text() if path.exists() else ""
    if now != edit.before:
        raise ShoreError(f"{path} has changed meanwhile", hint="run it again")
    draft = path.with_name(f".{path.name}.shore")
    draft.touch(mode=edit.mode)
    draft.write_text(edit.text)
    if path.exists():
        draft.chmod(path.stat().st_mode & 0o777)
    draft.replace(path)
