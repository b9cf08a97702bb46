"""Variables: BuildKit's forms, quotes, and what is used."""

from __future__ import annotations

import pytest

from longshore.dockerfile.expand import UnsetVariableError, expand

VALUES = {"a": "one", "empty": "", "path": "/usr/local/lib.tar.gz"}


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("$a-${a}", "one-one"),
        ("$missing|", "|"),
        ("${missing:-x}${empty:-y}${empty-z}", "xy"),
        ("${a:+set}${empty:+no}${empty+yes}", "setyes"),
        ("${missing:-${a}}", "one"),
        ("'$a' \"$a\"", "$a one"),
        ("\\$a \"\\$a\"", "$a $a"),
        ("$ $1x", "$ x"),
        ("${path#*/}", "usr/local/lib.tar.gz"),
        ("${path##*/}", "lib.tar.gz"),
        ("${path%.*}", "/usr/local/lib.tar"),
        ("${path%%.*}", "/usr/local/lib"),
        ("${path/l/L}", "/usr/Local/lib.tar.gz"),
        ("${path//l/L}", "/usr/LocaL/Lib.tar.gz"),
    ],
)  # fmt: skip
def test_forms(text: str, gives: str) -> None:
    assert expand(text, VALUES) == gives


def test_required() -> None:
    with pytest.raises(UnsetVariableError, match="missing: say it"):
        expand("${missing:?say it}", VALUES)


@pytest.mark.parametrize("text", ["${a", "${", "'a", '"a', "${a!b}"])
def test_broken_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        expand(text, VALUES)


def test_a_heredoc_keeps_its_quotes() -> None:
    assert expand("say \"$a\" '\\n' \\$a", VALUES, keep_quotes=True) == "say \"one\" '\\n' $a"


def test_another_escape_character() -> None:
    assert expand("C:\\x `$a", VALUES, escape="`") == "C:\\x $a"
