"""Variants of the reference stacks can be made of them as they are, and what they break is a criterion of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.flow.home import Where, load_stack
from longshore.verify.families import checks_of
from longshore.verify.prove import Asked, subject_of
from longshore.verify.result import Family
from tests.verify.broken.ofstacks import BROKEN, SOUND
from tests.verify.test_broken_stacks import FILE, changed


@pytest.mark.parametrize("name", [*BROKEN, *SOUND])
def test_it_is_one(name: str, tmp_path: Path) -> None:
    variant = (BROKEN | SOUND)[name]
    tree = changed(variant, tmp_path / "tree")
    where = Where((str(tree / FILE),), environ={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    families = tuple(Family(one) for one in variant.families)
    asked = Asked(variant.services, families)
    subject = subject_of(where, load_stack(where, variant.services), asked)
    ids = [check.criterion.id for check in checks_of(subject, families)]
    assert not variant.criterion or variant.criterion in ids, ids
