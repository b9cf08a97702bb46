"""A short run over mutated Compose files; `python -m tests.fuzz.long` is the long one."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.check import check
from tests.fuzz.mutations import mutated, seeds

SEEDS = seeds()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.sampled_from(SEEDS), other=st.sampled_from(SEEDS), seed=st.integers(0, 1 << 32))
def test_mutated_files_give_an_answer_or_a_clear_error(tmp_path: Path, first: str, other: str, seed: int) -> None:
    check(str(tmp_path / "compose.yaml"), mutated(first, other, random.Random(seed)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.sampled_from("aA0 \n:-[]{}&*!|>'\"%@`?,#$~.\t<"), max_size=60))
def test_any_text_gives_an_answer_or_a_clear_error(tmp_path: Path, text: str) -> None:
    check(str(tmp_path / "compose.yaml"), "services:\n  a:\n    image: x\n    labels:\n      l: " + text)


def test_the_seeds_themselves_are_mostly_right(tmp_path: Path) -> None:
    right = sum(check(str(tmp_path / "compose.yaml"), text) for text in SEEDS[:40])
    assert right >= 10
