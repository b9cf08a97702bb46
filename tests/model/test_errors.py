"""Errors: how they read, and what of several is said first."""

from __future__ import annotations

import pytest

from longshore.model.errors import Place, ShoreError, ShoreErrors, UsageError, all_in_one, unknown_service

FIRST = ShoreError("first", hint="do this", place=Place("a.yaml", 3, 4), details=("last line",))
SECOND = ShoreError("second", hint="do that", place=Place("b.yaml"), details=("other",))


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("a"), "a"), (Place("a", 2), "a:2"), (Place("a", 2, 5), "a:2:5"), (Place("a", 0, 5), "a"),
    ],
)  # fmt: skip
def test_a_place_says_as_much_as_is_known(place: Place, text: str) -> None:
    assert str(place) == text


def test_an_error_says_where() -> None:
    assert str(FIRST) == "a.yaml:3:4: first"
    assert str(ShoreError("only")) == "only"
    assert (ShoreError("x").exit_code, UsageError("x").exit_code) == (1, 2)


def test_several_errors_look_like_the_first() -> None:
    both = all_in_one([FIRST, SECOND])
    assert isinstance(both, ShoreErrors)
    assert both.errors == (FIRST, SECOND)
    assert (both.what, both.hint, both.place, both.details) == ("first", "do this", FIRST.place, ("last line",))
    assert all_in_one([SECOND]) is SECOND


@pytest.mark.parametrize(
    ("known", "hint"),
    [
        (["web", "db"], "there are: db, web"),
        (["backend", "db"], "did you mean backend?"),
        ([], "nothing of this project is here"),
    ],
)
def test_a_service_that_is_not_there(known: list[str], hint: str) -> None:
    error = unknown_service("backnd", known)
    assert (error.what, error.hint) == ('there is no service "backnd"', hint)
