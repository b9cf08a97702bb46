"""Records to JSON and back: what is left out, and what comes back as which type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

import pytest

from longshore.model.codec import decode, encode, encode_whole
from longshore.model.record import record


class Colour(Enum):
    RED = "red"


@record
class Leaf:
    name: str
    weight: float = 1.5
    word: str = "usual"


@record
class Tree:
    leaves: tuple[Leaf, ...] = ()
    best: Leaf | None = None
    names: frozenset[str] = frozenset()
    by_name: Mapping[str, Leaf] = {}
    colour: Colour = Colour.RED
    state: Literal["a", "b"] = "a"
    anything: Any = None


FULL = Tree(
    (Leaf("x"), Leaf("y", 2)),
    best=Leaf("z", word="rare"),
    names=frozenset({"n"}),
    by_name={"k": Leaf("v")},
    state="b",
    anything={"free": [1]},
)


def test_what_equals_its_default_is_left_out_though_it_is_another_object() -> None:
    assert encode(Leaf("x", float("1.5"), "".join(["us", "ual"]))) == {"name": "x"}
    assert encode(Leaf("x", 2.5, "rare")) == {"name": "x", "weight": 2.5, "word": "rare"}


def test_fields_may_be_skipped() -> None:
    assert encode(Leaf("x", 2), skip=frozenset({"name"})) == {"weight": 2}
    assert encode_whole(Leaf("x"), skip=frozenset({"word"})) == {"name": "x", "weight": 1.5}


def test_all_of_it_for_readers_who_know_no_defaults() -> None:
    assert encode_whole((Leaf("x"),)) == [{"name": "x", "weight": 1.5, "word": "usual"}]


def test_what_was_written_is_read_again() -> None:
    assert decode(Tree, json.loads(json.dumps(encode(FULL)))) == FULL
    assert decode(Tree, {}) == Tree()


def test_types_come_back() -> None:
    found = decode(Tree, {"leaves": [{"name": "x"}], "names": ["n"], "by_name": {"k": {"name": "v"}}, "colour": "red"})
    assert found.leaves == (Leaf("x"),)
    assert found.names == frozenset({"n"})
    assert found.by_name == {"k": Leaf("v")}
    assert found.colour is Colour.RED


def test_keys_of_another_version_are_left_aside_and_none_stays_none() -> None:
    assert decode(Leaf, {"name": "x", "later": 1}) == Leaf("x")
    assert decode(Tree, {"best": None}).best is None


def test_what_lacks_a_field_is_refused() -> None:
    with pytest.raises(TypeError, match="name"):
        decode(Leaf, {"weight": 2})
