"""Variants with a fault in what a stack reloads, migrates, keeps and guards: verify names exactly that criterion."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.shore import Shore
from tests.verify.broken.data import LETTERS, PARCELS
from tests.verify.broken.variants import Change
from tests.verify.test_broken import SOUND, lay_out, named, nothing_remains, verified

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

LETTERS_SOUND = SOUND.with_name("letters")
OURS = ("reloads", "migrates", "persists", "safe")


def letters(folder: Path, changes: tuple[Change, ...] = ()) -> Path:
    tree = lay_out(folder, changes, LETTERS_SOUND)
    (tree / "environment").rename(tree / ".env")
    return tree


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The image of the sound one stays while the variants run, so that each has its layers."""
    home = tmp_path_factory.mktemp("letters")
    done = Shore(letters(home / "tree"), home).run("build")
    assert done.code == 0, done.text


def test_the_sound_letters(built: None, tmp_path: Path) -> None:
    results = verified(Shore(letters(tmp_path / "tree"), tmp_path), *OURS)
    assert named(results) == {}
    reasons = {ident: seen["reason"] for ident, seen in results.items() if seen["verdict"] == "skipped"}
    assert reasons.keys() <= {
        "migrates.models.web", "safe.dockerfiles", "safe.pip-audit.web", "safe.image-scan.web"}  # fmt: skip
    nothing_remains(tmp_path)


def test_the_sound_parcels(tmp_path: Path) -> None:
    results = verified(Shore(lay_out(tmp_path / "tree"), tmp_path), *OURS)
    assert named(results) == {}
    assert {ident for ident, seen in results.items() if seen["verdict"] == "skipped"} == {"reloads.web"}


@pytest.mark.parametrize("name", PARCELS)
def test_exactly_that_fault_of_parcels(name: str, tmp_path: Path) -> None:
    variant = PARCELS[name]
    results = verified(Shore(lay_out(tmp_path / "tree", variant.changes), tmp_path), variant.families[0])
    assert set(named(results)) == {variant.criterion}, named(results)
    nothing_remains(tmp_path)


@pytest.mark.parametrize("name", LETTERS)
def test_exactly_that_fault_of_letters(name: str, built: None, tmp_path: Path) -> None:
    if list(LETTERS).index(name) % 2 and not os.environ.get("LONGSHORE_VARIANTS"):
        pytest.skip("every second one is tried; all of them with LONGSHORE_VARIANTS=1")
    variant = LETTERS[name]
    results = verified(Shore(letters(tmp_path / "tree", variant.changes), tmp_path), variant.families[0])
    assert set(named(results)) == {variant.criterion}, named(results)
    nothing_remains(tmp_path)
