"""Whether what is seen of a dependency's containers meets its condition."""

from __future__ import annotations

import pytest

from longshore.model.record import replace
from longshore.plan.gates import holds
from longshore.plan.operation import Gate
from longshore.state.observed import Container

ONE = Container("1", "demo-db-1", "db", state="running")
DONE, FAILED = replace(ONE, state="exited"), replace(ONE, state="exited", exit_code=1)
WELL, ILL = replace(ONE, health="healthy"), replace(ONE, health="unhealthy")


@pytest.mark.parametrize(
    ("condition", "met", "unmet"),
    [
        ("service_started", (ONE, WELL, ILL), (DONE, FAILED)),
        ("service_healthy", (WELL,), (ONE, ILL, DONE, FAILED, replace(DONE, health="healthy"))),
        ("service_completed_successfully", (DONE,), (ONE, WELL, FAILED)),
    ],
)
def test_what_meets_a_condition(condition: str, met: tuple[Container, ...], unmet: tuple[Container, ...]) -> None:
    gate = Gate("db", condition)  # type: ignore[arg-type]
    assert holds(gate, met)
    assert not any(holds(gate, (one,)) for one in unmet)
    assert not holds(gate, (met[0], unmet[0])), "all of them must"
    assert not holds(gate, ()), "what was never seen meets nothing"
