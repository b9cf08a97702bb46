"""The short cases in three forms of `shore`, each beside what the real Docker Compose answered. A handful of them is
always played.

All cases of a form are played some at a time before its first test; a test then looks at its own case. All cases, not
only the short ones: `python -m tests.cases run`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from _pytest.mark import ParameterSet

from tests.cases import forms, table
from tests.cases.play import played
from tests.cases.table import Answer, Case, beside, expected
from tests.users import why_no_user

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

ALL = "LONGSHORE_CASES" in os.environ
SHORT = {name: case for name, case in table.cases().items() if case.short}


def parameter(case: Case) -> ParameterSet:
    why = "fifteen minutes a form: set LONGSHORE_CASES=1"
    return pytest.param(case.name, marks=pytest.mark.skipif(not (ALL or case.always), reason=why))


@pytest.fixture(scope="module", params=table.FORMS)
def form(request: pytest.FixtureRequest) -> str:
    reason = {"root": forms.why_no_root, "user": why_no_user, "docker": forms.why_no_docker}[request.param]()
    if reason:
        pytest.skip(f"{request.param}: {reason}")
    return str(request.param)


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest, form: str) -> Iterator[dict[str, tuple[Answer, ...]]]:
    """What the cases that were asked for came to in this form."""
    asked = {item.callspec.params["name"] for item in request.session.items if item.fspath == request.fspath}
    chosen = [case for name, case in SHORT.items() if name in asked and (ALL or case.always)]
    installed = request.getfixturevalue("ordinary_user") if form == "user" else None
    with forms.reach(form, installed=installed, images=forms.IMAGES if ALL else forms.IMAGES[:1]) as reached:
        yield played(reached, chosen)


@pytest.mark.parametrize("name", [parameter(case) for case in SHORT.values()])
def test_case(request: pytest.FixtureRequest, form: str, name: str, answers: dict[str, tuple[Answer, ...]]) -> None:
    if name in table.not_yet().get(form, ()):
        request.applymarker(pytest.mark.xfail(reason="not yet as Docker Compose does it", strict=False))
    case: Case = SHORT[name]
    right = expected(case, form)
    assert answers[name] == right, f"{name} [{form}]: {case.says}\n{beside(case, right, answers[name])}"
