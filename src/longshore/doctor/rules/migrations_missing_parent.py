"""Migrations that come after one that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.migrations.examples import alembic, django
from longshore.model.errors import Place

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for history in ground.histories:
        for revision, parent in history.missing():
            file = ground.shown(revision.file)
            yield rule.found(
                f"{revision.id} ({file}) comes after {parent}, which is not there", Place(file, revision.line)
            )


RULE = Rule(
    id="migrations.missing-parent",
    level="error",
    title="A migration comes after one that does not exist",
    why="nothing can be applied; often a file was not committed, or an id was changed in one place only",
    todo="add the missing file, or correct the parent",
    check=_check,
    wrong=(
        alembic({"a": "None", "b": "'gone'"}),
        django({"0001_initial": (), "0002_price": ("0001_init",)}),
    ),
    right=(alembic({"a": "None", "b": "'a'"}), django({"0001_initial": (), "0002_price": ("0001_initial",)})),
)
