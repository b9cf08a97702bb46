"""Histories with several ends."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.migrations.examples import alembic, django
from longshore.model.errors import Place

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for history in ground.histories:
        for branch, heads in history.heads().items():
            if len(heads) > 1:
                of = f" of {branch}" if branch else ""
                names = ", ".join(f"{one.id} ({ground.shown(one.file)})" for one in heads)
                place = Place(ground.shown(heads[-1].file), heads[-1].line)
                yield rule.found(f"the migrations{of} have {len(heads)} heads: {names}", place)


RULE = Rule(
    id="migrations.several-heads",
    level="error",
    title="Migrations have several heads",
    why="upgrading stops with an error: the tool does not know which of them is meant",
    todo="join them: alembic merge heads, or manage.py makemigrations --merge",
    check=_check,
    wrong=(
        alembic({"a": "None", "b": "'a'", "c": "'a'"}),
        django({"0001_initial": (), "0002_price": ("0001_initial",), "0002_stock": ("0001_initial",)}),
    ),
    right=(
        alembic({"a": "None", "b": "'a'", "c": "'a'", "d": "('b', 'c')"}),
        django({"0001_initial": (), "0002_price": ("0001_initial",)}),
    ),
)
