"""Typed operations and the plan that orders them: a directed acyclic graph that prints as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from longshore.model.record import record
from longshore.model.service import Condition
from longshore.plan.orphans import orphan_note, resting_note

__all__ = ["Gate", "Operation", "OperationKind", "Plan"]

OperationKind = Literal[
    "create network", "remove network", "create volume", "remove volume", "pull", "build",
    "create", "start", "wait", "stop", "restart", "remove", "replace", "kill", "pause", "unpause",
    "remove image",
]  # fmt: skip


@record
class Gate:
    """A dependency's condition that must hold before an operation begins. When `required` is False a failure only
    warns."""

    service: str
    condition: Condition
    required: bool = True

    WORDS: ClassVar[Mapping[str, str]] = {
        "service_started": "started",
        "service_healthy": "healthy",
        "service_completed_successfully": "completed",
    }

    def __str__(self) -> str:
        return f"{self.service} {self.WORDS[self.condition]}"


@record
class Operation:
    """One thing to do; `wait` does nothing, and is done when its gates are open. `target` is what it is done to:
    "backend-1", a network's or a volume's name. `after` holds the ids of operations that must have finished. A
    container is replaced in three: `create` makes the new one beside that with the id `replaces`, `stop` ends that,
    `replace` removes it and puts the new one in its place: when nothing can be made, the old one runs on."""

    id: int
    kind: OperationKind
    target: str
    cause: str
    service: str = ""
    number: int = 1
    after: tuple[int, ...] = ()
    gates: tuple[Gate, ...] = ()
    container: str = ""
    replaces: str = ""

    def __str__(self) -> str:
        waits = ", ".join([*(str(n) for n in self.after), *(str(gate) for gate in self.gates)])
        notes = "; ".join(part for part in (self.cause, f"after {waits}" if waits else "") if part)
        return f"{self.id:<3}{self.kind:<15}{self.target:<25} {notes}".rstrip()


@record
class Plan:
    """`operations` in an order in which each comes after all that it waits for; `unchanged` are services that need
    nothing; `orphans` are the names of containers that stay although their services are not in the file; `resting`
    those of services in the file that no enabled profile has, which are left as they are."""

    operations: tuple[Operation, ...] = ()
    unchanged: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    resting: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.operations)

    def __str__(self) -> str:
        lines = [str(operation) for operation in self.operations]
        if self.unchanged:
            lines.append(f"{', '.join(self.unchanged)}: up to date")
        if self.orphans:
            lines.append(orphan_note(self.orphans))
        if self.resting:
            lines.append(resting_note(self.resting))
        return "\n".join(lines)
