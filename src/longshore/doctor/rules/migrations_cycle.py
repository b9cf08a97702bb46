"""Histories that go in a circle."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.migrations.examples import alembic, django
from longshore.model.errors import Place

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for history in ground.histories:
        for circle in history.cycles():
            names = " → ".join([*(one.id for one in reversed(circle)), circle[-1].id])
            files = ", ".join(ground.shown(one.file) for one in circle)
            place = Place(ground.shown(circle[0].file), circle[0].line)
            yield rule.found(f"migrations come after each other in a circle: {names} ({files})", place)


RULE = Rule(
    id="migrations.cycle",
    level="error",
    title="Migrations come after each other in a circle",
    why="no order of them exists: nothing can be applied",
    todo="correct the parent of the one that is wrong",
    check=_check,
    wrong=(
        alembic({"a": "None", "b": "'c'", "c": "'b'"}),
        django({"0001_initial": ("0002_price",), "0002_price": ("0001_initial",)}),
    ),
    right=(alembic({"a": "None", "b": "'a'"}),),
)
