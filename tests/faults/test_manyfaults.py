"""Some of the many faults; a thousand: python -m tests.faults.manyfaults --times 1000."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from tests.faults.field import Who, field, why_not
from tests.faults.strikes import STRIKES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

LONG = "LONGSHORE_LONG_FAULTS"


def test_each_fault_once() -> None:
    if not os.environ.get(LONG):
        pytest.skip(f"{LONG}=1 lets every kind of fault happen once")
    if reason := why_not():
        pytest.skip(reason)
    with field(Who(str(Path(sys.executable).with_name("shore"))), random.Random(1)) as there:
        for kind, (strike, _) in STRIKES.items():
            if kind != "clock":
                strike(there)
                there.up()
                there.check_one_of_each()
                there.check_rows()
