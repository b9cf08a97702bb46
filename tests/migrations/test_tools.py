"""What tools say of migrations, read without them."""

from __future__ import annotations

import pytest

from longshore.migrations.history import History, Revision
from longshore.migrations.tools import applied, order, pending, statement, step_back
from longshore.model.errors import ShoreError

ALEMBIC = History(
    "alembic",
    "migrations",
    (
        Revision("c", "c.py", ("a", "b")),
        Revision("b", "b.py", ("base",)),
        Revision("a", "a.py", ("base",)),
        Revision("base", "base.py"),
    ),
)
DJANGO = History(
    "django",
    ".",
    (
        Revision("shop.0001_initial", "1.py", (), branch="shop"),
        Revision("shop.0002_price", "2.py", ("shop.0001_initial",), branch="shop"),
    ),
    frozenset({"shop"}),
)
PLAN = "[X]  contenttypes.0001_initial\n[X]  shop.0001_initial\n[ ]  shop.0002_price\n"


def test_parents_come_first() -> None:
    assert order(ALEMBIC) == ("base", "a", "b", "c")


@pytest.mark.parametrize(
    ("said", "there", "coming"),
    [
        ("", (), ("base", "a", "b", "c")),
        ("INFO  [alembic.runtime.migration] Context impl.\nb\n", ("base", "b"), ("a", "c")),
        ("a\nb\n", ("base", "a", "b"), ("c",)),
        ("c (head) (mergepoint)\n", ("base", "a", "b", "c"), ()),
    ],
)
def test_alembic(said: str, there: tuple[str, ...], coming: tuple[str, ...]) -> None:
    assert applied(ALEMBIC, said) == there
    assert pending(ALEMBIC, said) == coming


def test_django() -> None:
    assert applied(DJANGO, PLAN) == ("contenttypes.0001_initial", "shop.0001_initial")
    assert pending(DJANGO, PLAN) == ("shop.0002_price",)


def test_the_last_one_is_taken_back() -> None:
    assert step_back(ALEMBIC, ("base", "a"))[-1] == "-1"
    assert step_back(DJANGO, ("shop.0001_initial", "shop.0002_price"))[3:5] == ("shop", "0001_initial")
    assert step_back(DJANGO, ("shop.0001_initial", "contenttypes.0001_initial"))[3:5] == ("shop", "zero")
    with pytest.raises(ShoreError, match="no migration is applied"):
        step_back(DJANGO, ())


def test_of_a_failure_the_error_and_the_statement_are_shown() -> None:
    said = (
        "Traceback (most recent call last):\n  File x\n"
        'psycopg.errors.UndefinedTable: relation "nowhere" does not exist\nLINE 1: INSERT INTO nowhere\n'
        'sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedTable) relation "nowhere"\n'
        "[SQL: INSERT INTO nowhere\n VALUES (1)]\n(Background on this error at: …)\n"
    )
    assert statement(said) == (
        'sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedTable) relation "nowhere"',
        "SQL: INSERT INTO nowhere VALUES (1)",
        "LINE 1: INSERT INTO nowhere",
    )
    assert statement("first\n\nlast\n") == ("first", "last")
