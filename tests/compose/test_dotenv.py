"""`.env` files: quoting, escapes, inheritance, and errors with their line."""

from __future__ import annotations

import pytest

from longshore.compose.read import dotenv
from longshore.model.errors import ShoreError

PROCESS = {"HOST": "from process", "BOTH": "process"}


def read(text: str) -> dict[str, str]:
    known: dict[str, str] = {}
    dotenv.parse(text, ".env", known, PROCESS.get, lambda _: None)
    return known


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ("A = spaced  ", "spaced"),
        ("A: colon", "colon"),
        ("export A=exported", "exported"),
        ("A=", ""),
        ("A=value # comment", "value"),
        ("A=value#kept", "value#kept"),
        ("A='single $HOST # \\n'", "single $HOST # \\n"),
        ('A="double $HOST"', "double from process"),
        ('A="a\\nb\\t\\"c\\""', 'a\nb\t"c"'),
        ('A="\\$HOST $$HOST"', "$HOST $HOST"),
        ('A="first\nsecond"', "first\nsecond"),
        ("A=${HOST}-${NOPE:-fallback}", "from process-fallback"),
        ('A="\\0101\\x"', "A\\x"),
        ('A="\\0400\\0377\\09\\012\\0x"', "\\400ÿ\\9\\12\\x"),  # Compose drops the 0 of what is no octal number
        ('A="\\a\\b\\f\\r\\v\\\\n\\q\\c"', "\a\b\f\r\v\\n\\q\\c"),
        ("A='it\\'s'", "it's"),
        ("A='a\\\\b'", "a\\\\b"),
        ('A="x"', "x"),
        ("A=''", ""),
        ("A=a\\nb", "a\\nb"),
        ("export\tA=tab", "tab"),
        ("A=\tb", "b"),
        ("A= a=b:c", "a=b:c"),
        ("\ufeffA=bom", "bom"),
        ("\n\n# comment\n  A=late", "late"),
    ],
)
def test_value(line: str, value: str) -> None:
    assert read(line + "\n") == {"A": value}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1", {"A": "1"}), ("A=", {"A": ""}), ("A= ", {"A": ""}), ("HOST", {"HOST": "from process"}), ("", {}),
        ("A=\nB=2", {"A": "", "B": "2"}), ("A=1\n\nB=2\n", {"A": "1", "B": "2"}), ("A='1'\nB=2", {"A": "1", "B": "2"}),
        ("A_1.b-[0]=x\n", {"A_1.b-[0]": "x"}), ("A=1 #c\nB=2", {"A": "1", "B": "2"}), ("  # only\n\n", {}),
    ],
)  # fmt: skip
def test_the_ends_of_lines_and_of_the_file(text: str, values: dict[str, str]) -> None:
    assert read(text) == values


def test_later_values_may_use_earlier_ones_and_the_process_wins() -> None:
    assert read("A=1\nB=${A}2\nBOTH=file\nC=${BOTH}\n") == {"A": "1", "B": "12", "BOTH": "file", "C": "process"}


def test_a_name_alone_is_inherited() -> None:
    assert read("HOST\nABSENT\nA=1\n") == {"HOST": "from process", "A": "1"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("A=1\nB C=2\n", ".env:2: a key cannot contain a space"),
        ('A=1\n\nB="open\n', '.env:3: the quoted value "open does not end'),
        ("A=1\nB%=2\n", '.env:2: unexpected character "%" in the variable name "B%=2"'),
        ("A=${B:?give it}\n", ".env:1: required variable B is missing a value: give it"),
        ("A=1\nB='x\ny\n", ".env:2: the quoted value 'x does not end"),
        ("A=1\n\nB=${C?}\n", ".env:3: required variable C is missing a value"),
        ("A=${\n", '.env:1: "${" is not a valid use of variables'),
    ],
)
def test_mistakes_name_their_line(text: str, fault: str) -> None:
    with pytest.raises(ShoreError) as caught:
        read(text)
    assert str(caught.value) == fault


def test_a_large_file_is_read_in_linear_time() -> None:
    text = "".join(f"# comment\nKEY_{i}=value {i}\n" for i in range(50_000))
    assert len(read(text)) == 50_000


def test_raw_format_takes_values_as_they_are() -> None:
    known: dict[str, str] = {}
    dotenv.parse_raw('# comment\nA=${B} "x" # y\nBOTH\nABSENT\n\n', "raw.env", known, PROCESS)
    assert known == {"A": '${B} "x" # y', "BOTH": "process"}
    for text in ("=1\n", " = 1\n"):
        with pytest.raises(ShoreError, match="is not a variable name"):
            dotenv.parse_raw(text, "raw.env", {}, PROCESS)
    with pytest.raises(ShoreError, match=r"^raw.env:3: .*is not a variable name"):
        dotenv.parse_raw("A=1\r\n\nB C=1\n", "raw.env", known, PROCESS)
    assert known["A"] == "1"
    with pytest.raises(ShoreError, match="is not a variable name"):
        dotenv.parse_raw("A B=1\n", "raw.env", known, PROCESS)
