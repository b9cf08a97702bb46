"""A short run of the kill -9 script; the long one: python -m tests.faults.torture --times 100."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.torture import torment

SHORE = str(Path(sys.executable).with_name("shore"))


@pytest.mark.e2e
@pytest.mark.timeout(600)
def test_nothing_is_left_over_and_nothing_lost() -> None:
    assert len(torment(SHORE, 4, seed=20, say=False)) == 4
