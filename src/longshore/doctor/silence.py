"""Findings that the project has decided to live with, each with its reason: under `x-longshore.doctor` of the file or
of a service, or in a comment on the line or the one above it (`# doctor: compose.no-limits the only service here`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from longshore.doctor.ground.finding import Finding
from longshore.doctor.ground.project import Ground
from longshore.model.record import record
from longshore.model.service import Service
from longshore.model.stack import Stack

__all__ = ["Silenced", "lived_with", "sort_out"]

_COMMENT = re.compile(r"#\s*doctor:\s*([a-zA-Z0-9.-]+)[\s:,–—-]*(.*)$")
_WHY = "a silence without a reason cannot be checked by the next reader"
_TODO = "write why after the rule's name"


@record
class Silenced:
    """A finding that is not shown, and why."""

    finding: Finding
    reason: str


def sort_out(findings: Iterable[Finding], ground: Ground) -> tuple[list[Finding], list[Silenced]]:
    """Those that are to be shown, and those that are silenced. A silence without a reason is a finding itself."""
    shown: list[Finding] = []
    silenced: list[Silenced] = []
    for finding in findings:
        reason = _reason(finding, ground)
        if reason is None:
            shown.append(finding)
        elif reason:
            silenced.append(Silenced(finding, reason))
        else:
            text = f"{finding.rule} is silenced without a reason ({finding.text})"
            shown.append(Finding("doctor.no-reason", "warning", text, _WHY, _TODO, finding.place, finding.service))
    return shown, silenced


def _reason(finding: Finding, ground: Ground) -> str | None:
    """None where nobody silences it; "" where no reason is given."""
    for settings in _settings(finding, ground):
        if finding.rule in settings:
            return str(settings[finding.rule] or "").strip()
    place = finding.place
    for line in (place.line, place.line - 1) if place and place.line else ():
        assert place
        found = _comments(place.file).get(line)
        if found and found[0] == finding.rule and (line == place.line or found[2]):
            return found[1]
    return None


def lived_with(stack: Stack, service: str, rule: str) -> str:
    """The reason that the settings of the service, or of the file, give for living with a finding of the rule; "" for
    none. Comments are not looked at."""
    found = (str(one[rule] or "").strip() for one in _declared(stack, stack.known(service)) if rule in one)
    return next(found, "")


def _settings(finding: Finding, ground: Ground) -> Iterator[Mapping[str, object]]:
    return _declared(ground.reading.stack, ground.services.get(finding.service))


def _declared(stack: Stack, service: Service | None) -> Iterator[Mapping[str, object]]:
    for extensions in (service.extensions if service else {}, stack.extensions):
        own = extensions.get("x-longshore")
        doctor = own.get("doctor") if isinstance(own, Mapping) else None
        if isinstance(doctor, Mapping):
            yield doctor


@cache
def _comments(file: str) -> Mapping[int, tuple[str, str, bool]]:
    """By line: the rule, the reason, and whether the comment has the line for itself."""
    try:
        lines = Path(file).read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    matches = ((number, line, _COMMENT.search(line)) for number, line in enumerate(lines, 1))
    return {n: (m[1], m[2].strip(), line.lstrip().startswith("#")) for n, line, m in matches if m}
