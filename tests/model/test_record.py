"""Records behave as frozen dataclasses do; each line here is a promise that the code base leans on."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import ClassVar

import pytest

from longshore.model.record import MISSING, asdict, default, factory, fields, record, replace


def double(value: int) -> int:
    return 2 * value


@record
class Point:
    x: int
    y: int = 0
    KIND: ClassVar[str] = "point"


@record(hidden=("secret",))
class Holder:
    secret: str = ""
    points: tuple[Point, ...] = ()
    change: Callable[[int], int] = double


@record(frozen=False)
class Tally:
    seen: list[int] = factory(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.count += 1


@record
class Labelled(Point):
    label: str = ""


def test_values_by_position_and_by_name() -> None:
    assert (Point(1).x, Point(1).y, Point(x=1, y=2).y) == (1, 0, 2)
    assert fields(Point) == ("x", "y")
    assert Labelled(1, 2, "a") == Labelled(x=1, y=2, label="a")


@pytest.mark.parametrize(
    "make", [lambda: Point(), lambda: Point(1, 2, 3), lambda: Point(1, z=2), lambda: Point(1, x=2)]
)
def test_wrong_arguments_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="Point"):
        make()


def test_frozen_means_frozen() -> None:
    one = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        one.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del one.x
    assert {one: "found"}[Point(1)] == "found"


def test_an_open_record_is_not_shared_and_not_hashable() -> None:
    first, second = Tally(), Tally()
    first.seen.append(1)
    first.count = 9
    assert (second.seen, second.count) == ([], 1)
    with pytest.raises(TypeError):
        hash(first)


def test_equality_is_of_kind_and_value() -> None:
    assert Point(1) == Point(1, 0)
    assert Point(1) != Point(2)
    assert Point(1) != Labelled(1)


def test_a_function_as_default_stays_a_function() -> None:
    assert Holder().change(4) == 8


def test_a_copy_with_changes() -> None:
    assert replace(Point(1, 2), y=3) == Point(1, 3)
    with pytest.raises(TypeError):
        replace(Point(1), z=1)


def test_a_dictionary_reaches_inside() -> None:
    assert asdict(Holder(points=(Point(1),)))["points"] == ({"x": 1, "y": 0},)


def test_hidden_fields_are_not_shown() -> None:
    assert "hunter2" not in repr(Holder(secret="hunter2"))
    assert repr(Point(1, 2)) == "Point(x=1, y=2)"


def test_defaults_can_be_asked_for() -> None:
    assert default(Point, "y") == 0
    assert default(Point, "x") is MISSING
    assert default(Tally, "seen") == []


def test_match_reads_fields_in_order() -> None:
    match Point(3, 4):
        case Point(x, y):
            assert (x, y) == (3, 4)


@record
class Remembering:
    x: int

    @cached_property
    def doubled(self) -> int:
        return 2 * self.x


def test_what_was_worked_out_is_no_part_of_it() -> None:
    one = Remembering(2)
    assert one.doubled == 4
    assert repr(one) == "Remembering(x=2)"
    assert one == Remembering(2)
