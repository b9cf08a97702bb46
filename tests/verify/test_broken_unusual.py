"""Faults that people make without noticing are named exactly; stacks that look wrong and are not raise no alarm. Twenty
minutes of them: with LONGSHORE_VARIANTS=1."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.shore import Shore
from tests.verify.broken.unusual import LETTERS, PARCELS, SOUND, WITH
from tests.verify.test_broken import lay_out, named, nothing_remains, verified
from tests.verify.test_broken_data import built, letters

__all__ = ["built"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not os.environ.get("LONGSHORE_VARIANTS"), reason="twenty minutes: LONGSHORE_VARIANTS=1"),
]


@pytest.mark.parametrize("name", PARCELS)
def test_exactly_that_fault_of_parcels(name: str, tmp_path: Path) -> None:
    variant = PARCELS[name]
    shore = Shore(lay_out(tmp_path / "tree", variant.changes), tmp_path)
    assert set(found := named(verified(shore, *WITH.get(name, variant.families)))) == {variant.criterion}, found
    nothing_remains(tmp_path)


@pytest.mark.parametrize("name", LETTERS)
def test_exactly_that_fault_of_letters(name: str, built: None, tmp_path: Path) -> None:
    variant = LETTERS[name]
    shore = Shore(letters(tmp_path / "tree", variant.changes), tmp_path)
    assert set(found := named(verified(shore, variant.families[0]))) == {variant.criterion}, found
    nothing_remains(tmp_path)


@pytest.mark.parametrize("name", SOUND)
def test_no_alarm_for_what_is_unusual_and_sound(name: str, tmp_path: Path) -> None:
    sound = SOUND[name]
    shore = Shore(lay_out(tmp_path / "tree", sound.changes), tmp_path)
    assert named(verified(shore, *sound.families)) == {}
    nothing_remains(tmp_path)
