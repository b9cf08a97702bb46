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
    errors = [_one(failure, not_started) for failure in failures]
    return all_in_one(errors)


def _one(failure: Evidence, not_started: Mapping[str, str]) -> ShoreError:
    waiting = [name for name, because in not_started.items() if because == failure.service]
    hints: list[str] = []
    if waiting:
        they = "they depend" if len(waiting) > 1 else "it depends"
        hints.append(f"{', '.join(waiting)}: not started, {they} on {failure.service}")
    advice = failure.hint or failure.error.hint
    if advice:
        first, *rest = advice.splitlines()
        hints += [f"hint: {first}" if failure.hint else first, *(f"      {line}" for line in rest)]
    return ShoreError(
        failure.error.what,
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
