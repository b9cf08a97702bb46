"""Projects with one fault each: doctor names that one and nothing else; in the sound one it finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.doctor.examine import examine
from longshore.doctor.rules import all_rules
from longshore.flow.home import Where
from tests.doctor.broken import BROKEN, SOUND, broken
from tests.doctor.projects import place, where

STACKS = Path(__file__).parents[2] / "stacks"


async def test_the_sound_project_has_nothing(tmp_path: Path) -> None:
    report = await examine(where(place(tmp_path, SOUND)), machine=False, linter=False)
    assert report.findings == ()


@pytest.mark.parametrize("name", BROKEN)
async def test_exactly_that_fault(name: str, tmp_path: Path) -> None:
    rule, changes = BROKEN[name]
    report = await examine(where(place(tmp_path, broken(changes))), machine=False, linter=False)
    assert {finding.rule for finding in report.findings} == {rule}, report.findings


def test_there_are_enough_and_every_rule_is_among_them() -> None:
    assert len(BROKEN) >= 40
    assert {rule for rule, _ in BROKEN.values()} == {rule.id for rule in all_rules()}


FORMS = ("docker-compose.yml", "docker-compose.dev.yml", "docker-compose.prod.yml")
STACK_FILES = sorted(file for file in STACKS.glob("*/*.yml") if file.name in FORMS)


@pytest.mark.parametrize("file", STACK_FILES, ids=[f"{file.parent.name}/{file.name}" for file in STACK_FILES])
async def test_the_stacks_are_clean(file: Path) -> None:
    """With the files that they carry, and values for what they want to be given."""
    environ = {"PATH": "/usr/bin:/bin"}
    for line in (
        (file.parent / ".env.example").read_text().splitlines() if (file.parent / ".env.example").exists() else ()
    ):
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            environ[name] = value or "given"
    report = await examine(Where(files=(str(file),), environ=environ), machine=False, linter=False)
    assert [f"{f.place}: {f.rule}: {f.text}" for f in report.findings] == []
