"""Variants of the reference stacks with one fault each: verify names exactly that criterion. Half an hour of them: with
LONGSHORE_VARIANTS=1."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.private import copied, fresh_env
from tests.shore import Shore
from tests.verify.broken.ofstacks import BROKEN, SOUND, OfStack
from tests.verify.broken.variants import Change
from tests.verify.test_broken import named, nothing_remains, verified

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not os.environ.get("LONGSHORE_VARIANTS"), reason="half an hour: LONGSHORE_VARIANTS=1"),
]
FILE = "docker-compose.yml"


def changed(variant: OfStack, tree: Path) -> Path:
    """A copy of its stack with secrets of its own and what is changed."""
    copied(variant.stack, tree, "node_modules", "dist", ".next", "venv", "var", ".pytest_cache")
    fresh_env(tree)
    for change in variant.changes:
        apply(change, tree)
    return tree


def apply(change: Change, tree: Path) -> None:
    path = tree / (FILE if change.file == "compose.yaml" else change.file)
    text = path.read_text() if path.exists() else ""
    assert not change.old or text.count(change.old) == 1, (change, text.count(change.old))
    path.write_text(text.replace(change.old, change.new) if change.old else text + change.new)


@pytest.mark.parametrize("name", BROKEN)
def test_exactly_that_fault(name: str, tmp_path: Path) -> None:
    variant = BROKEN[name]
    shore = Shore(changed(variant, tmp_path / "tree"), tmp_path)
    found = named(verified(shore, *variant.families, services=variant.services))
    assert set(found) == {variant.criterion}, found
    nothing_remains(tmp_path)


@pytest.mark.parametrize("name", SOUND)
def test_no_alarm(name: str, tmp_path: Path) -> None:
    variant = SOUND[name]
    shore = Shore(changed(variant, tmp_path / "tree"), tmp_path)
    assert named(verified(shore, *variant.families, services=variant.services)) == {}
    nothing_remains(tmp_path)
