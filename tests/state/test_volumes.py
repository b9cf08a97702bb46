"""Volumes that are there, and whether they are what the file describes."""

from __future__ import annotations

import pytest

from longshore.model.record import replace
from longshore.model.service import Mount
from longshore.model.stack import Stack, Volume
from longshore.state.observed import Observed, ObservedVolume
from longshore.state.volumes import changed_volumes
from tests.plan.make import service, stack

MADE = {"type": "nfs", "device": ":/a"}


def _stack(**fields: object) -> Stack:
    made = stack(service("db", mounts=(Mount("volume", "/data", "data"),)), service("web"))
    return replace(made, volumes={"data": Volume("data", "demo_data", **fields)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "there", "refused"),
    [
        (_stack(), ObservedVolume("demo_data", driver="local", options={}), False),
        (_stack(driver="local"), ObservedVolume("demo_data", driver="local", options={}), False),
        (_stack(driver_opts=MADE), ObservedVolume("demo_data", driver="local", options=MADE), False),
        (_stack(driver_opts=MADE), ObservedVolume("demo_data", driver="local", options={}), True),
        (_stack(), ObservedVolume("demo_data", driver="local", options=MADE), True),
        (_stack(driver="flocker"), ObservedVolume("demo_data", driver="local", options={}), True),
        (_stack(driver_opts=MADE), ObservedVolume("demo_data", driver="local"), False),
        (_stack(driver_opts=MADE, external=True), ObservedVolume("demo_data", options={}), False),
        (_stack(driver_opts=MADE), ObservedVolume("other", options={}), False),
    ],
)
def test_what_is_refused(made: Stack, there: ObservedVolume, refused: bool) -> None:
    observed = Observed("demo", volumes=(there,))
    assert bool([*changed_volumes(made, ["db"], observed)]) == refused
    assert not [*changed_volumes(made, ["web"], observed)]
