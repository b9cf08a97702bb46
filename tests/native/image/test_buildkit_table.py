"""What was written down of BuildKit's answers is whole, and the page of differences says what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.native.image.buildkit.cases import CASES
from tests.native.image.buildkit.recorded import BUILDKIT, OURS, SAMPLE

ROOT = Path(__file__).resolve().parents[3]


def test_every_case_was_asked_and_says_what_is_at_fault() -> None:
    names = {case.name for case in CASES}
    assert names == set(BUILDKIT)
    assert {case.name for case in CASES if case.differs} == set(OURS)
    for case in CASES:
        said = BUILDKIT[case.name].get("refused", "").lower()
        missing = [word for word in case.says if word.lower() not in said]
        assert not missing, f"{case.name}: BuildKit does not name {missing}: {said}"
        assert bool(case.differs) == (OURS.get(case.name, BUILDKIT[case.name]) != BUILDKIT[case.name]), case.name


def test_there_are_enough() -> None:
    assert len(CASES) > 600
    assert len(SAMPLE) > len(CASES) // 9


def test_the_page_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts/builder_page.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
