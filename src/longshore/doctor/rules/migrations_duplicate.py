"""Two migrations with one id."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.migrations.examples import alembic
from longshore.model.errors import Place

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for history in ground.histories:
        for several in history.duplicates():
            names = " and ".join(ground.shown(one.file) for one in several)
            place = Place(ground.shown(several[1].file), several[1].line)
            yield rule.found(f"{names} have one id, {several[0].id}", place)


RULE = Rule(
    id="migrations.duplicate-id",
    level="error",
    title="Two migration files have one id",
    why="the tool takes one of them, which one is chance; the other never runs",
    todo="give the younger one an id of its own, and correct the down_revision of those that come after it",
    check=_check,
    wrong=(alembic({"a": "None"}, extra={"b.py": ("a", "None")}),),
    right=(alembic({"a": "None", "b": "'a'"}),),
)
