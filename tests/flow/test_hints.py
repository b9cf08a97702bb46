"""Hints that a failure's own words give."""

from __future__ import annotations

import pytest

from longshore.flow.failure.hints import Failure, hint_for
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Service

CHECK = HealthCheck(("CMD-SHELL", "curl -f http://localhost || exit 1"))


@pytest.mark.parametrize(
    "said",
    [
        "/bin/sh: 1: curl: not found",
        "curl: no such file or directory",
        "bash: line 1: curl: command not found",
        'OCI runtime exec failed: exec failed: exec: "curl": executable file not found in $PATH: unknown',
    ],
)
def test_a_health_check_whose_program_is_missing(said: str) -> None:
    hint = hint_for(Failure(Service("web", image="x", healthcheck=CHECK), None, [said]))
    assert hint.startswith("its health check calls curl, which is not in the image")


@pytest.mark.parametrize(
    ("said", "code"), [("wget: not found", None), ("404 page not found", None), ("curl: not found", 1)]
)
def test_other_words_are_no_such_hint(said: str, code: int | None) -> None:
    assert hint_for(Failure(Service("web", image="x", healthcheck=CHECK), code, [said])) == ""
