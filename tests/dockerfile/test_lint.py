"""The build checks say of every Dockerfile of the table what BuildKit said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longshore.dockerfile.lint.lint import lint
from longshore.dockerfile.patterns import Patterns, read_ignore
from longshore.model.errors import ShoreError
from longshore.report.buildcheck import warnings_text
from tests.dockerfile.lint_cases import BASE_ENV, CASES, Case

HEADER, *RECORDED = map(json.loads, Path(__file__).with_name("lint_answers.jsonl").read_text().splitlines())
ANSWERS = {answer["name"]: answer for answer in RECORDED}


def found(case: Case) -> str:
    findings = lint(
        case.text, "Dockerfile", case.args, case.target or None,
        image={"base": BASE_ENV, "base:latest": BASE_ENV}.get, ignored=Patterns(read_ignore(case.ignore)).takes,
    )  # fmt: skip
    return warnings_text("Dockerfile", case.text, findings)


def test_every_case_was_recorded() -> None:
    assert HEADER["version"] == "v0.25.1"
    assert list(ANSWERS) == list(CASES)
    assert sum(bool(answer["text"]) for answer in RECORDED) > 50


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_buildkit_says(name: str) -> None:
    if CASES[name].refused:
        with pytest.raises(ShoreError):
            found(CASES[name])
    else:
        assert found(CASES[name]).replace("\r\n", "\n") == ANSWERS[name]["text"]
