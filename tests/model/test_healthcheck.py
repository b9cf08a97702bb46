"""A declared health check over the image's own, and what Docker makes of what is not given."""

from __future__ import annotations

import pytest

from longshore.model.healthcheck import HealthCheck

IMAGE = HealthCheck(("CMD", "image"), 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("own", "found"),
    [
        (HealthCheck(), IMAGE),
        (HealthCheck(("CMD", "own")), HealthCheck(("CMD", "own"), 1, 2, 3, 4, 5)),
        (HealthCheck(interval=0), HealthCheck(("CMD", "image"), 0, 2, 3, 4, 5)),
        (HealthCheck(timeout=9), HealthCheck(("CMD", "image"), 1, 9, 3, 4, 5)),
        (HealthCheck(retries=0), HealthCheck(("CMD", "image"), 1, 2, 0, 4, 5)),
        (HealthCheck(start_period=0), HealthCheck(("CMD", "image"), 1, 2, 3, 0, 5)),
        (HealthCheck(start_interval=9), HealthCheck(("CMD", "image"), 1, 2, 3, 4, 9)),
        (HealthCheck(disable=True), HealthCheck(disable=True)),
    ],
)
def test_gaps_are_filled_from_the_image(own: HealthCheck, found: HealthCheck) -> None:
    assert own.over(IMAGE) == found
    assert own.over(None) is own


@pytest.mark.parametrize(
    ("check", "active"),
    [
        (HealthCheck(("CMD", "x")), True),
        (HealthCheck(("CMD", "x"), disable=True), False),
        (HealthCheck(("NONE",)), False),
        (HealthCheck(interval=1), False),
    ],
)
def test_whether_there_is_anything_to_run(check: HealthCheck, active: bool) -> None:
    assert check.active is active


def test_what_docker_takes_where_nothing_or_nought_is_given() -> None:
    for check in (HealthCheck(), HealthCheck((), 0, 0, 0, 0, 0)):
        assert (check.every, check.patience, check.failures, check.deadline) == (30, 30, 3, 180)
    assert (IMAGE.every, IMAGE.patience, IMAGE.failures, IMAGE.deadline) == (1, 2, 3, 4 + 3 * 3)
