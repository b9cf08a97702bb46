"""Every rule finds what its wrong examples have, and nothing in its right ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.doctor.ground.finding import Example, Rule
from longshore.doctor.rules import all_rules
from tests.doctor.projects import found, place


def _examples(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.id}-{number}")
        for rule in all_rules()
        for number, example in enumerate(getattr(rule, kind))
    ]


@pytest.mark.parametrize(("rule", "example"), _examples("wrong"))
def test_what_is_wrong_is_found_once_with_its_place(rule: Rule, example: Example, tmp_path: Path) -> None:
    (finding,) = found(place(tmp_path, example), [rule])
    assert finding.rule == rule.id
    assert finding.place
    assert finding.todo


@pytest.mark.parametrize(("rule", "example"), _examples("right"))
def test_what_is_right_is_left_alone(rule: Rule, example: Example, tmp_path: Path) -> None:
    assert found(place(tmp_path, example), [rule]) == []


def test_every_rule_has_examples_and_a_name_of_its_own() -> None:
    rules = all_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.wrong and rule.right for rule in rules)


def test_the_page_of_the_rules_is_up_to_date() -> None:
    import runpy

    script = Path(__file__).parents[2] / "scripts/doctor_page.py"
    told = runpy.run_path(str(script))
    assert told["PAGE"].read_text() == told["page"](), "run: python scripts/doctor_page.py"
