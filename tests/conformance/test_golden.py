"""Our own files, one of each kind of thing that a Compose file can say: the answer is Docker Compose's, to the byte."""

from __future__ import annotations

import os

import pytest

from tests.conformance.answers import ANSWERS, SHORE, WORK, Case, cases

pytestmark = pytest.mark.skipif(
    WORK.exists() and WORK.stat().st_uid != os.getuid(), reason=f"{WORK} belongs to another user of this machine"
)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_prints_what_docker_compose_prints(case: Case, name: str) -> None:
    assert case.ask([SHORE], *ANSWERS[name]) == case.answer(name)
