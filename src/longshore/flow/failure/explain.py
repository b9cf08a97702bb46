"""Why `up` failed, told as the cause and not the symptom: the service, its last lines, who waits for it, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from longshore.model.errors import ShoreError, all_in_one
from longshore.model.record import record

__all__ = ["SHOWN", "Evidence", "explain"]

SHOWN = 8
"""Log lines shown of a failed service."""


@record
class Evidence:
    """What is known of one failure. `lines` are its last log lines, `total` how many there are in all (0: unknown);
    `probe` what its last health probe printed; `hint` what is likely to help."""

    service: str
    error: ShoreError
    lines: Sequence[str] = ()
    total: int = 0
    probe: str = ""
    hint: str = ""


def explain(failures: Iterable[Evidence], not_started: Mapping[str, str]) -> ShoreError:
    """One error for all. `not_started` gives, by service, the service whose failure kept it from starting."""
    return all_in_one([_one(same, not_started) for same in _alike(failures)])


def _alike(failures: Iterable[Evidence]) -> list[list[Evidence]]:
    """Services that share a build fail with it in the same words and with the same output: that is told once."""
    found: dict[tuple[object, ...], list[Evidence]] = {}
    for number, failure in enumerate(failures):
        error = failure.error
        key = (_cause(failure), error.hint, error.details) if error.details else (number,)
        found.setdefault(key, []).append(failure)
    return list(found.values())


def _cause(failure: Evidence) -> str:
    return failure.error.what.removeprefix(f"{failure.service}: ")


def _one(same: Sequence[Evidence], not_started: Mapping[str, str]) -> ShoreError:
    failure, names = same[0], [one.service for one in same]
    waiting = [name for name, because in not_started.items() if because in names]
    hints: list[str] = []
    if waiting:
        they = "they depend" if len(waiting) > 1 else "it depends"
        hints.append(f"{', '.join(waiting)}: not started, {they} on {', '.join(names)}")
    advice = failure.hint or failure.error.hint
    if advice:
        first, *rest = advice.splitlines()
        hints += [f"hint: {first}" if failure.hint else first, *(f"      {line}" for line in rest)]
    return ShoreError(
        failure.error.what if len(same) == 1 else f"{', '.join(names)}: {_cause(failure)}",
        place=failure.error.place,
        details=(*failure.error.details, *_evidence(failure)),
        hint="\n".join(hints),
    )


def _evidence(failure: Evidence) -> Iterable[str]:
    if failure.probe.strip():
        for line in failure.probe.strip().splitlines()[-3:]:
            yield f"last probe: {line}"
    lines = [line for line in failure.lines if line.strip()][-SHOWN:]
    yield from lines
    if lines and len(lines) != failure.total:
        count = f"last {len(lines)} of {failure.total} lines" if failure.total else f"last {len(lines)} lines"
        yield f"({count}; all: shore logs {failure.service})"
