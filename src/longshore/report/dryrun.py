"""The text of `--dry-run`: what would be done, in what order, and why. Pure."""

from __future__ import annotations

from longshore.model.record import replace
from longshore.plan.operation import Plan

__all__ = ["joined", "plan_text"]


def joined(first: Plan, second: Plan) -> Plan:
    """Both plans as one, numbered through; everything of the second comes after all of the first."""
    if not first:
        return second
    shift = len(first.operations)
    moved = tuple(
        replace(operation, id=operation.id + shift, after=tuple(n + shift for n in operation.after))
        for operation in second.operations
    )
    return Plan((*first.operations, *moved), second.unchanged, second.orphans)


def plan_text(first: Plan, second: Plan) -> str:
    """The plan as lines; a sentence when there is nothing to do."""
    plan = joined(first, second)
    return str(plan) or "nothing to do"
