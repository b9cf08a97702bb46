"""The table of cases is whole: every case was recorded as it is now, every difference is one and has its reason."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases import table
from tests.cases.forms import IMAGES
from tests.cases.play import cleaner, told

CASES = table.cases()
ROOT = Path(__file__).resolve().parents[2]


def test_there_are_more_than_a_hundred() -> None:
    assert len(CASES) > 100
    assert sum(case.short for case in CASES.values()) > 40
    assert sum(case.always for case in CASES.values()) > 4


def test_what_is_always_played_has_one_image() -> None:
    texts = [text for case in CASES.values() if case.always for text in case.files.values()]
    assert {image for text in texts for image in re.findall(r"image: '?([^', }\n]+)", text)} == {IMAGES[0]}


@pytest.mark.parametrize("family", sorted({case.family for case in CASES.values()}))
def test_every_case_was_recorded_as_it_is_now(family: str) -> None:
    head, answers = table.recorded(family)
    assert "Docker Compose 2.40.3" in head
    assert {name: one.sum for name, one in answers.items()} == {
        case.name: case.sum for case in CASES.values() if case.family == family
    }, "record them: python -m tests.cases record --new"


@pytest.mark.parametrize("difference", table.differences(), ids=lambda one: one.case)
def test_every_difference_is_one(difference: table.Difference) -> None:
    case = CASES[difference.case]
    theirs = table.recorded(case.family)[1][case.name].answers
    assert difference.why
    assert set(difference.forms) <= set(table.FORMS)
    assert difference.answers
    for number, answer in difference.answers.items():
        assert theirs[number - 1] != answer, f"line {number} is as Compose answers it"


def test_no_case_differs_twice_in_one_form() -> None:
    pairs = [(one.case, form) for one in table.differences() for form in one.forms]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("form", table.FORMS)
def test_what_is_not_yet_right_is_a_case(form: str) -> None:
    assert table.not_yet().get(form, frozenset()) <= CASES.keys()


def test_the_page_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts/cases_page.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_differs_from_run_to_run_gets_a_name(tmp_path: Path) -> None:
    clean = cleaner("lc1x2", tmp_path, {"PORT1": "20123"})
    text = f"lc1x2-a-1 in {tmp_path}/d on 127.0.0.1:20123 is {'a1' * 32}, in short {'a1' * 6} \r\n"
    assert clean(text) == "P-a-1 in HERE/d on 127.0.0.1:PORT1 is ID, in short ID"
    assert clean("1234567890 120123 2025-01-01") == "1234567890 120123 2025-01-01"


def test_progress_is_not_told() -> None:
    assert told(" Container P-a-1  Started\n#5 [1/2] FROM x\nno such service: a\n") == "no such service: a"
