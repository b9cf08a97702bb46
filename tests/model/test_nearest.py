"""What a mistyped word was most likely meant to be."""

from __future__ import annotations

import pytest

from longshore.model.nearest import LONGEST, nearest


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("healty", ("healthy", "started"), "healthy"),
        ("xyz", ("healthy",), ""),
        ("web", (), ""),
        ("a" * (LONGEST - 1), ("a" * LONGEST,), "a" * LONGEST),
        ("a" * LONGEST, ("a" * LONGEST,), ""),
    ],
)
def test_the_nearest(word: str, known: tuple[str, ...], found: str) -> None:
    assert nearest(word, known) == found


def test_how_near_it_must_be() -> None:
    assert nearest("abcd", ["abxy"], cutoff=0.5) == "abxy"
    assert nearest("abcd", ["abxy"]) == ""
    assert nearest("abcde", ["abcxx", "abcdx", "abcxy"]) == "abcdx", "the most alike, not the first"
