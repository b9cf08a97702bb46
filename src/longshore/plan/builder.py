"""Collects operations in order and numbers them, so that rules read as rules."""

from __future__ import annotations

from collections.abc import Iterable

from longshore.model.record import factory, record
from longshore.plan.operation import Gate, Operation, OperationKind, Plan
from longshore.state.observed import Container

__all__ = ["PlanBuilder", "label"]


def label(service: str, number: int) -> str:
    """How a plan names one container: "backend-1"."""
    return f"{service}-{number}"


@record(frozen=False)
class PlanBuilder:
    """Each `add` returns the new operation's id; ids only ever refer backwards, so the plan has no cycle."""

    _operations: list[Operation] = factory(default_factory=list)
    orphans: list[str] = factory(default_factory=list)
    resting: list[str] = factory(default_factory=list)

    def add(
        self,
        kind: OperationKind,
        target: str,
        cause: str,
        *,
        service: str = "",
        number: int = 1,
        after: Iterable[int | None] = (),
        gates: tuple[Gate, ...] = (),
        container: str = "",
        replaces: str = "",
    ) -> int:
        number_of_operation = len(self._operations) + 1
        waits = tuple(sorted({one for one in after if one is not None}))
        self._operations.append(
            Operation(number_of_operation, kind, target, cause, service, number, waits, gates, container, replaces)
        )
        return number_of_operation

    def on(self, kind: OperationKind, container: Container, cause: str, after: Iterable[int | None] = ()) -> int:
        """An operation on a container that is there."""
        target = container.name if container.oneoff else label(container.service, container.number)
        return self.add(
            kind,
            target,
            cause,
            service=container.service,
            number=container.number,
            after=after,
            container=container.id,
        )

    def plan(self, unchanged: Iterable[str] = ()) -> Plan:
        return Plan(tuple(self._operations), tuple(unchanged), tuple(self.orphans), tuple(self.resting))
