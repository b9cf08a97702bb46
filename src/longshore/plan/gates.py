"""Whether a dependency's condition is met by what was seen of its containers. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.plan.operation import Gate
from longshore.state.observed import Container

__all__ = ["holds"]


def holds(gate: Gate, containers: Sequence[Container]) -> bool:
    """Whether all `containers` of the gate's service met its condition when they were looked at."""
    return bool(containers) and all(_meets(container, gate) for container in containers)


def _meets(container: Container, gate: Gate) -> bool:
    if gate.condition == "service_completed_successfully":
        return container.state == "exited" and container.exit_code == 0
    return container.state == "running" and (gate.condition == "service_started" or container.health == "healthy")
