"""What the Specification's table demands of values beside their kind, written down a second time (rules.txt): bounds,
patterns, words, keys that must be there, keys that may be. A rule that goes lets a wrong file through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from longshore.model.specification.attribute import Attribute
from longshore.model.support import ATTRIBUTES

WRITTEN = Path(__file__).with_name("rules.txt")
RULES = ("values", "minimum", "maximum", "pattern", "required", "closed", "open")
USUAL = Attribute("", "", "")


def said() -> Iterator[str]:
    """A line for each attribute that has a rule."""
    for one in ATTRIBUTES:
        rules = [f"{rule}={getattr(one, rule)!r}" for rule in RULES if getattr(one, rule) != getattr(USUAL, rule)]
        if rules:
            yield " ".join([one.path, *rules])


def test_rules_are_those_that_are_written_down() -> None:
    assert list(said()) == WRITTEN.read_text().splitlines()


def test_an_attribute_is_taken_as_it_stands_unless_a_rule_is_given() -> None:
    assert [getattr(USUAL, rule) for rule in RULES] == [(), None, None, "", (), False, False]
