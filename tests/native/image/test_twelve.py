"""The table of real images: a whole life of each as root, with one id and with many, as `python -m
tests.native.image.twelve` writes it down. It takes a quarter of an hour, so it stands behind a switch; entry points
that step down, and services of several users, are in test_pull.py and test_several_users.py each time."""

from __future__ import annotations

import os

import pytest

from tests.native.image.twelve import KINDS, tried, why_not
from tests.native.image.twelveimages import IMAGES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(3600)]

LONG = "LONGSHORE_LONG_IMAGES"


def test_twelve_images_live_under_each_kind_of_ids() -> None:
    if not os.environ.get(LONG):
        pytest.skip(f"{LONG}=1 tries twelve images three times over")
    if reason := why_not():
        pytest.skip(reason)
    found = tried(list(IMAGES), KINDS)
    assert {name: cells for name, cells in found.items() if any(cells.values())} == {}
