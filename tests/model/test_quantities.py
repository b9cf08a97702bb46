"""Lengths of time and sizes, at their borders."""

from __future__ import annotations

import pytest

from longshore.model.quantities import in_nanoseconds, in_seconds, nanoseconds, seconds, size_in_bytes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1h2m3s4ms5us6ns", 3_723_004_005_006), ("1µs", 1000), ("1μs", 1000), ("+5s", 5_000_000_000),
        ("-2d", -172_800_000_000_000), ("1w", 604_800_000_000_000), ("0", 0), ("-0", 0), ("1.5ns", 1),
        (".25s", 250_000_000), ("2.0m", 120_000_000_000), ("9223372036854775807ns", (1 << 63) - 1),
    ],
)  # fmt: skip
def test_nanoseconds(text: str, found: int) -> None:
    assert nanoseconds(text) == found
    assert seconds(text) == found / 10**9


@pytest.mark.parametrize("text", ["", "-", "5", "s", ".s", "1x", "1s2", "9223372036854775808ns"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        nanoseconds(text)


def test_go_knows_no_days() -> None:
    assert nanoseconds("1h", days=False) == 3_600_000_000_000
    with pytest.raises(ValueError, match='"1d" is not a duration'):
        nanoseconds("1d", days=False)


def test_what_was_not_given_stays_so() -> None:
    assert (in_nanoseconds(None), in_nanoseconds(0.0), in_nanoseconds(1.5)) == (None, 0, 1_500_000_000)
    assert (in_seconds(None), in_seconds(0), in_seconds(1_500_000_000)) == (None, None, 1.5)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1), ("1b", 1), ("2k", 2048), ("64 kib", 65_536), ("1.5gb", 1_610_612_736), ("3M", 3_145_728),
        ("1t", 1 << 40), ("1p", 1 << 50), ("1e3", 1000), ("1 ", 1),
    ],
)  # fmt: skip
def test_bytes(text: str, size: int) -> None:
    assert size_in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "k", "1x", "1kbb", "1 2", "1  k", "1bb"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        size_in_bytes(text)
