"""Variables: BuildKit's forms, quotes, and what is used."""

from __future__ import annotations

import pytest

from longshore.dockerfile.expand import expand, expand_document, expand_words, words_with_quotes

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
        ("$$ $@ a$", "  a$"),
        ("${a:+${a}-}x", "one-x"),
        ("\"it's $a\" '$a\"'", "it's one $a\""),
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
    with pytest.raises(ValueError, match="missing: say it"):
        expand("${missing:?say it}", VALUES)
    with pytest.raises(ValueError, match="empty: is not allowed to be empty"):
        expand("${empty:?}", VALUES)
    assert expand("${empty?}", VALUES) == ""


@pytest.mark.parametrize("text", ["${a", "${", "'a", '"a', "${a!b}"])
def test_broken_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        expand(text, VALUES)


def test_a_heredoc_keeps_its_quotes_and_loses_its_backslashes() -> None:
    assert expand_document("say \"$a\" '\\n' \\$a \\\\", VALUES) == "say \"one\" 'n' $a \\"


def test_words_are_split_after_variables_are_replaced() -> None:
    values = {"ports": "80 81/udp"}
    assert expand_words('$ports "$ports" a\\ b', values) == ["80", "81/udp", "80 81/udp", "a b"]


def test_words_of_a_line_as_they_are_written() -> None:
    assert words_with_quotes('RUN cat <<"E F" $x \\" <<- G') == ["RUN", "cat", '<<"E F"', "$x", '\\"', "<<-", "G"]
    assert words_with_quotes('RUN echo "') == []


def test_another_escape_character() -> None:
    assert expand("C:\\x `$a", VALUES, escape="`") == "C:\\x $a"
