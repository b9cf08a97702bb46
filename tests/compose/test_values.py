"""Single values: scalars, numbers, durations, sizes, ports, volumes, commands, templates."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.compose.values import shortforms
from longshore.compose.values.gotext import duration_text, float32, float_json, sprint
from longshore.compose.values.scalars import Timestamp, resolve
from longshore.compose.values.shellwords import split
from longshore.compose.values.template import Invalid, Missing, Variable, all_variables, substitute, variables
from longshore.compose.write.yamltext import natural, yaml_text
from longshore.model.quantities import nanoseconds, size_in_bytes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("True", True), ("yes", "yes"), ("on", "on"), ("~", None), ("", None), ("null", None),
        ("12", 12), ("-3", -3), ("+4", 4), ("010", 8), ("0o17", 15), ("0x1F", 31), ("0b11", 3), ("1_000", 1000),
        ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0), ("08", 8.0), ("22:22", "22:22"), ("1.2.3", "1.2.3"),
        ("1e999", "1e999"), (".1e999", ".1e999"), ("0x", "0x"),
        ("--1", "--1"), ("9223372036854775808", 9223372036854775808), ("- ", "- "),
        ("1900-02-29", "1900-02-29"), ("2000-02-29", Timestamp("2000-02-29")), ("2001-02-29", "2001-02-29"),
        ("2004-02-29", Timestamp("2004-02-29")), ("2001-04-29", Timestamp("2001-04-29")),
        ("2001-12-14", Timestamp("2001-12-14")), ("2001-13-14", "2001-13-14"), ("2001-02-30", "2001-02-30"),
        ("2001-12-14 21:59:43", Timestamp("2001-12-14 21:59:43")),
        ("2001-12-14t21:59:43Z", Timestamp("2001-12-14t21:59:43Z")),
    ],
)  # fmt: skip
def test_plain_scalars_are_go_yamls(text: str, value: Any) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (1e3, "1000"), (1e6, "1e+06"), (1e-7, "1e-07"), (123456.7, "123456.7"), (0.0001, "0.0001"),
     (True, "true"), (None, "<nil>"), ([1, "a"], "[1 a]"), ({"b": 1, "a": None}, "map[a:<nil> b:1]")],
)  # fmt: skip
def test_numbers_become_texts_as_in_go(value: Any, text: str) -> None:
    assert sprint(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (float32(0.1), "0.1"), (float32(1.0), "1"), (1e-7, "1e-7"), (1e21, "1e+21"), (1e20, "1" + "0" * 20),
     (float32(16777217), "16777216"), (float32(0.30000001), "0.3")],
)  # fmt: skip
def test_floats_in_json_are_gos(value: float, text: str) -> None:
    assert float_json(value) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [("90s", "1m30s"), ("1h", "1h0m0s"), ("1.5h", "1h30m0s"), ("300ms", "300ms"), ("1500us", "1.5ms"), ("5ns", "5ns"),
     ("0", "0s"), ("0s", "0s"), ("1d", "24h0m0s"), ("1w", "168h0m0s"), ("-5s", "-5s"), ("1m0.5s", "1m0.5s"),
     (".5s", "500ms"), ("100µs", "100µs")],
)  # fmt: skip
def test_durations(text: str, printed: str) -> None:
    assert duration_text(nanoseconds(text)) == printed


@pytest.mark.parametrize("text", ["", "5", "s", "5x", "1 s", ".s", "5s ", "1e3s", "9" * 20 + "s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        nanoseconds(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("5", 5), ("5b", 5), ("1k", 1024), ("1KB", 1024), ("1kib", 1024), ("1.5g", 1610612736), ("64 m", 67108864),
     ("0.5t", 549755813888), ("1P", 1 << 50)],
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert size_in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "x", "5x", "-5", "1kk", "5bb", "1mbi", "nan"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        size_in_bytes(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80", [(80, "", "", "tcp")]),
        ("8080:80", [(80, "8080", "", "tcp")]),
        ("127.0.0.1:8080:80/udp", [(80, "8080", "127.0.0.1", "udp")]),
        ("[::1]:8080:80", [(80, "8080", "::1", "tcp")]),
        ("8080-8081:80-81", [(80, "8080", "", "tcp"), (81, "8081", "", "tcp")]),
        ("8080-8090:80", [(80, "8080-8090", "", "tcp")]),
        ("98-101", [(100, "", "", "tcp"), (101, "", "", "tcp"), (98, "", "", "tcp"), (99, "", "", "tcp")]),
    ],
)
def test_ports(text: str, expected: list[tuple[int, str, str, str]]) -> None:
    found = shortforms.ports(text)
    assert [(p["target"], p.get("published", ""), p.get("host_ip", ""), p["protocol"]) for p in found] == expected


@pytest.mark.parametrize(
    "text",
    ["", "a", "80:", "80:a", "a:80", "80:65536", "1-2:1-3", "5-1", "80/xyz", "300.0.0.1:1:1", "localhost:1:1", "-1"],
)
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        shortforms.ports(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a", {"type": "volume", "target": "/a"}),
        ("/data", {"type": "volume", "target": "/data", "volume": {}}),
        ("v:/a", {"type": "volume", "target": "v:/a", "volume": {}}),  # one letter and a colon: a drive of Windows
        ("vol:/a:ro", {"type": "volume", "source": "vol", "target": "/a", "read_only": True, "volume": {}}),
        ("./a:/a", {"type": "bind", "source": "./a", "target": "/a", "bind": {"create_host_path": True}}),
        ("c:\\a:/a", {"type": "bind", "source": "c:\\a", "target": "/a", "bind": {"create_host_path": True}}),
        ("~:/a:z,rslave", {"type": "bind", "source": "~", "target": "/a",
                           "bind": {"selinux": "z", "propagation": "rslave", "create_host_path": True}}),
    ],
)  # fmt: skip
def test_volumes(text: str, expected: dict[str, Any]) -> None:
    assert shortforms.volume(text) == expected


@pytest.mark.parametrize("text", ["", "abc:", ":/a", "a1:b1:c1:d1", "vol::ro"])
def test_what_is_no_volume(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        shortforms.volume(text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a b  c", ["a", "b", "c"]), ("", []), ("a 'b c' \"d e\"", ["a", "b c", "d e"]), (r"a\ b", ["a b"]),
        ("a ''", ["a", ""]), ("a; b", ["a"]), ("a && b", ["a"]), ("a 2>x", ["a"]), ("a $(b c) d", ["a", "$(b c)", "d"]),
        ("a `b c`", ["a", "`b c`"]), ("'a\\b'", ["a\\b"]), ("a=\"b c\"", ["a=b c"]),
    ],
)  # fmt: skip
def test_command_lines(line: str, words: list[str]) -> None:
    assert split(line) == words


@pytest.mark.parametrize("line", ["'a", '"a', "a\\", "a (b", "`a"])
def test_command_lines_that_do_not_close(line: str) -> None:
    with pytest.raises(ValueError, match="not a command line"):
        split(line)


VALUES = {"A": "a", "EMPTY": "", "B": "b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A ${A} $$A $1 $", "a a $A $1 $"),
        ("${NOPE:-x} ${NOPE-x} ${EMPTY:-x} ${EMPTY-x}", "x x x "),
        ("${A:+x} ${EMPTY:+x} ${EMPTY+x} ${NOPE+x}", "x  x "),
        ("${NOPE:-${NOPE:-${A}}}", "a"),
        ("${NOPE:-a}-${NOPE:-b}", "a-b"),
        ("${NOPE:-a}} ${A}", "a} a"),
        ("${NOPE:-${A}:${B}}", "a:b"),
        ("${A:?message}", "a"),
        ("${NOPE}", ""),
    ],
)
def test_templates(text: str, expected: str) -> None:
    assert substitute(text, VALUES) == expected


@pytest.mark.parametrize("text", ["${", "${}", "${A", "${1}", "${A!b}", "${ A}"])
def test_what_is_no_template(text: str) -> None:
    with pytest.raises(Invalid):
        substitute(text, VALUES)


def test_required_variables() -> None:
    with pytest.raises(Missing, match="required variable NOPE is missing a value: say a"):
        substitute("${NOPE:?say ${A}}", VALUES)
    with pytest.raises(Missing):
        substitute("${EMPTY:?}", VALUES)


def test_variables_of_a_text() -> None:
    assert sorted(variables("$A ${B:-${C?}} ${D:+d} $$E"), key=lambda v: v.name) == [
        Variable("A"), Variable("B", default="${C?}", operator=":-"), Variable("C", required=True, operator="?"),
        Variable("D", alternative="d", operator=":+"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2001-12-14", "2001-12-14T00:00:00Z"), ("2001-1-4 1:2:3", "2001-01-04T01:02:03Z"),
        ("2001-12-14T21:59:43.120-05:00", "2001-12-14T21:59:43.12-05:00"),
        ("2001-12-14t21:59:43+00:00", "2001-12-14T21:59:43Z"), ("2001-12-14T21:59:43Z", "2001-12-14T21:59:43Z"),
        ("2001-12-14 21:59:43.1234567891", "2001-12-14T21:59:43.123456789Z"), ("no date", "no date"),
    ],
)  # fmt: skip
def test_dates_are_printed_as_go_does(text: str, printed: str) -> None:
    assert Timestamp(text).printed == printed


@pytest.mark.parametrize(
    ("value", "text", "json"),
    [
        (float("inf"), "+Inf", ""), (float("-inf"), "-Inf", ""), (float("nan"), "NaN", ""), (0.0, "0", "0"),
        (-0.0, "-0", "-0"), (0.5, "0.5", "0.5"), (-1.25e-7, "-1.25e-07", "-1.25e-7"), (1e-4, "0.0001", "0.0001"),
        (1e-5, "1e-05", "0.00001"), (1e-6, "1e-06", "0.000001"), (9.9e-7, "9.9e-07", "9.9e-7"), (12.0, "12", "12"),
        (999999.0, "999999", "999999"), (1234567.0, "1.234567e+06", "1234567"), (120.5, "120.5", "120.5"),
        (1e100, "1e+100", "1e+100"), (1e-100, "1e-100", "1e-100"), (float32(0.123456789), "0.12345679", "0.12345679"),
    ],
)  # fmt: skip
def test_floats_as_text_and_in_json(value: float, text: str, json: str) -> None:
    assert sprint(value) == text
    assert not json or float_json(value) == json


def test_the_first_digit_of_a_small_duration() -> None:
    assert [duration_text(n) for n in (1, 999, 1000, 1_000_000, 1_000_001, 1_500_000, 10**9, -1, 60 * 10**9)] == [
        "1ns", "999ns", "1µs", "1ms", "1.000001ms", "1.5ms", "1s", "-1ns", "1m0s",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("${A:-/a}:/b", ("${A:-/a}", "/b")), ("/a:${B:-${C:-/b}}", ("/a", "${B:-${C:-/b}}")),
        ("/a{b:/c", ("/a{b", "/c")),
        ("/a$b:/c", ("/a$b", "/c")), ("/a}:/b", ("/a}", "/b")), ("1:/bb", ("1", "/bb")), ("/a:c:/bb", ("/a", "c:/bb")),
        ("\\\\s\\x:/b", ("\\\\s\\x", "/b")), ("ab:/c", ("ab", "/c")),
    ],
)  # fmt: skip
def test_the_parts_of_a_volume(text: str, parts: tuple[str, str]) -> None:
    made = shortforms.volume(text)
    assert (made["source"], made["target"]) == parts
    assert made["type"] == ("bind" if parts[0][0] in "/\\" else "volume")


@pytest.mark.parametrize(
    ("text", "lenient", "parts"),
    [("/a", False, ("/a", "/a", "rwm")), ("/a:/b", False, ("/a", "/b", "rwm")), ("/a:/b:r", False, ("/a", "/b", "r")),
     ("/a::r", False, ("/a", "/a", "r")), ("/a:/b:", False, ("/a", "/b", "")), ("a:b:c:d", True, ("", "", "rwm"))],
)  # fmt: skip
def test_devices(text: str, lenient: bool, parts: tuple[str, str, str]) -> None:
    assert tuple(shortforms.device(text, lenient).values()) == parts


def test_variables_of_a_tree_and_of_what_is_none() -> None:
    """As `docker compose config --variables` has them."""
    tree = {"a": ["g=${G-x}${H:?m}", 5, {"b": "a${K:-{x}}b ${I+$J}"}], "c": "$A", "d": None}
    assert sorted(all_variables(tree).values()) == [
        Variable("A"), Variable("G", default="x", operator="-"), Variable("H", required=True, operator=":?"),
        Variable("I", alternative="$J", operator="+"), Variable("J"), Variable("K", default="{x}", operator=":-"),
    ]  # fmt: skip
    assert variables("$$A") == []
    assert [variables(text) for text in ("${", "${}", "${A", "${A!b}", "${1}")] == [[Variable("")]] * 5
    assert variables("${A}}${B}") == [Variable("A"), Variable("B")]


def test_yaml_text_sorts_as_people_count_and_quotes_what_needs_it() -> None:
    value = natural({"a10": "yes", "a2": "x: y", "a": "", "B": "*", "l": ["n", {"k": "two\nlines"}], "e": {}})
    assert yaml_text(value) == (
        'B: \'*\'\na: ""\na2: \'x: y\'\na10: "yes"\ne: {}\nl:\n  - "n"\n  - k: |-\n      two\n      lines\n'
    )
