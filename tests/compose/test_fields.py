"""The types of fields alone: also what the schema lets nobody write."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.compose.types import fields
from longshore.compose.types.decode import OMIT, Decoder, Struct, kind_of
from longshore.compose.values.problems import Problems
from longshore.compose.values.tree import Map, Seq

LIMIT = 1 << 63
GIVEN: list[tuple[Any, Any, Any]] = [
    (fields.string, "", OMIT),
    (fields.string, 5, "5"),
    (fields.int_of(), "-5", -5),
    (fields.int_of(), "+17", 17),
    (fields.int_of(), 0, OMIT),
    (fields.int_of(zero=True), 0, 0),
    (fields.int_of(), "9" * 18, int("9" * 18)),
    (fields.int_of(), float(-LIMIT // 2), -LIMIT // 2),
    (fields.int_of(0), 5.9, 5),
    (fields.int_of(), -LIMIT, -LIMIT),
    (fields.int_of(), float(LIMIT // 2), LIMIT // 2),
    (fields.decimal, 0.0, OMIT),
    (fields.decimal, "2.5", 2.5),
    (fields.decimal, 3, 3.0),
    (fields.size, True, OMIT),
    (fields.size, 5, "5"),
    (fields.size, 1.5, OMIT),
    (fields.size, "1k", "1024"),
    (fields.strings, Seq(["a", None, ""]), ["a", "", ""]),
    (fields.strings, Seq(), OMIT),
    (fields.strings, "", [""]),
    (fields.each(Struct({"a": fields.string})), Seq([Map({"a": "b"}), None, Map()]), [{"a": "b"}, {}, {}]),
    (fields.printed, "80", ["80"]),
    (fields.printed, Seq([80, 1.5]), ["80", "1.5"]),
    (fields.environment, Map({"B": 1, "A": None, "C": True, "D": ""}), {"A": None, "B": "1", "C": "true", "D": ""}),
    (fields.environment, Seq(), OMIT),
    (fields.labels, Map(), OMIT),
    (fields.options, Map(), OMIT),
    (fields.options, Map({"b": 1, "a": None}), {"a": "", "b": "1"}),
    (fields.multi_options, Map({"b": Seq([1, "x"]), "a": True, "c": Seq()}), {"a": ["true"], "b": ["1", "x"]}),
    (fields.multi_options, Map({"c": Seq()}), OMIT),
    (fields.mapping(fields.string), Map({"b": "x", "a": None, "c": ""}), {"a": "", "b": "x", "c": ""}),
    (fields.mapping(Struct({"a": fields.string})), Map({"b": None}), {"b": {}}),
    (fields.mapping(fields.string), Map(), OMIT),
    (fields.mapping_or_null(fields.string), Map({"b": "x", "a": None, "c": ""}), {"a": None, "b": "x"}),
    (fields.mapping_or_null(fields.string), Map({"c": ""}), OMIT),
    (fields.file_mode, "440", "0440"),
    (fields.file_mode, 0o440, "0440"),
    (fields.file_mode, 0, "00"),
    (fields.device_count, "ALL", -1),
    (fields.device_count, "3", 3),
    (fields.device_count, 0, OMIT),
    (fields.hosts, Map({"a": None, "b": Seq(["1", "[2]"])}), ["a=", "b=1", "b=2"]),
    (fields.hosts, Seq(["a:[b]", "c=[d", "e=f]", "g=[h]", "i=[]"]), ["a=b", "c=[d", "e=f]", "g=h", "i=[]"]),
    (fields.ssh_keys, Map(), OMIT),
    (fields.ssh_keys, Map({"b": None, "a": "/p"}), (("a", "/p"), ("b", ""))),
    (fields.ulimit, 0, {}),
    (fields.ulimit, Map({"hard": 2}), {"hard": 2}),
    (fields.ulimit, Map({"soft": 1}), {"soft": 1}),
    (fields.ulimit, Map(), {}),
    (fields.ulimit, Map({"soft": 0, "hard": 0}), {}),
    (fields.env_file, Map({"path": "a", "required": True}), "a"),
    (fields.env_file, Map({"required": True}), ""),
    (fields.env_file, Map({"path": "a"}), {"path": "a", "required": False}),
    (fields.env_file, Map(), {"required": False}),
    (fields.env_file, Map({"path": "a", "format": "raw"}), {"path": "a", "required": False, "format": "raw"}),
    (fields.command, Seq(), []),
    (fields.command, None, None),
    (fields.health_test, Seq(), OMIT),
    (fields.duration_or_nothing, "0s", OMIT),
    (fields.duration_or_nothing, "5s", "5s"),
    (fields.duration, "0", "0s"),
]
REFUSED: list[tuple[Any, Any, str]] = [
    (fields.string, True, '"true" is not a text'),
    (fields.string, 1.5, '"1.5" is not a text'),
    (fields.boolean, 1, '"1" is not true or false'),
    (fields.int_of(), True, '"true" is not a whole number'),
    (fields.int_of(), "9" * 19, f'"{"9" * 19}" is not a whole number'),
    (fields.int_of(), "", '"" is not a whole number'),
    (fields.int_of(), "--5", '"--5" is not a whole number'),
    (fields.int_of(), "٣", '"٣" is not a whole number'),
    (fields.int_of(), float(LIMIT), "9.223372036854776e+18 is out of range"),
    (fields.int_of(), Seq(), "a list is not a whole number"),
    (fields.int_of(0), "5", '"5" is not a whole number'),
    (fields.int_of(0), -1, "-1 is less than 0"),
    (fields.int_of(), -LIMIT - 1, f"{-LIMIT - 1} is less than {-LIMIT}"),
    (fields.decimal, True, '"true" is not a number'),
    (fields.decimal, Seq(), "a list is not a number"),
    (fields.decimal, "inf", "+Inf is out of range"),
    (fields.decimal, "-inf", "-Inf is out of range"),
    (fields.decimal, "nan", "NaN is out of range"),
    (fields.command, Seq(["a", 1]), "a command is a text or a list of texts"),
    (fields.command, Map({"a": 1}), "a command is a text or a list of texts"),
    (fields.health_test, Seq([1]), "a test is a text or a list of texts"),
    (fields.health_test, Map({"a": 1}), "a test is a text or a list of texts"),
    (fields.strings, 5, '"5" is not a list'),
    (fields.printed, Map(), "a mapping is not a list"),
    (fields.options, Seq(), "a list is not a mapping"),
    (fields.multi_options, Seq(), "a list is not a mapping"),
    (fields.mapping(fields.string), Seq(), "a list is not a mapping"),
    (fields.mapping_or_null(fields.string), Seq(), "a list is not a mapping"),
    (fields.environment, 5, '"5" is neither a mapping nor a list of NAME=value'),
    (fields.environment, Seq(["A "]), 'the variable "A " ends with a space'),
    (fields.labels, 5, '"5" is neither a mapping nor a list of name=value'),
    (fields.file_mode, True, '"true" is not a mode; write it in octal, such as 0440'),
    (fields.file_mode, "8", '"8" is not a mode; write it in octal, such as "0440"'),
    (fields.device_count, 1.5, "1.5 is not a number of devices"),
    (fields.hosts, 5, '"5" is neither a mapping nor a list of name=address'),
    (fields.ssh_keys, Seq(), "a list is not a list of SSH keys"),
    (fields.ulimit, Map({"soft": "1"}), "soft and hard are whole numbers"),
    (fields.ulimit, Map({"hard": True}), "soft and hard are whole numbers"),
    (fields.env_file, "a", '"a" is not a path'),
    (Struct({}), "x", '"x" is not a mapping'),
]


def decoder() -> Decoder:
    return Decoder(Map(), Problems(lambda _, __: None))


@pytest.mark.parametrize(("kind", "value", "made"), GIVEN)
def test_a_value_becomes_what_is_printed(kind: Any, value: Any, made: Any) -> None:
    found = kind(decoder(), value, ())
    assert found is made if made is OMIT else (found == made and type(found) is not bool)
    assert isinstance(found, (dict, tuple, list)) is isinstance(made, (dict, tuple, list))


@pytest.mark.parametrize(("kind", "value", "said"), REFUSED)
def test_a_value_that_cannot_be_is_named(kind: Any, value: Any, said: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared
        kind(decoder(), value, ())
    assert str(caught.value) == said


def test_a_fault_within_is_placed_and_the_rest_goes_on() -> None:
    work = decoder()
    made = fields.each(fields.string)(work, Seq(["a", True, "b"]), ("x",))
    assert (made, [str(error) for error in work.problems.errors]) == (["a", "", "b"], ['x.1: "true" is not a text'])
    struct = Struct({"a": fields.string, "b": fields.string})
    assert struct(work, Map({"b": "1", "x-y": 2, "a": "0", "z": 3}), ()) == {
        "a": "0",
        "b": "1",
        "#extensions": {"x-y": 2},
    }
    assert struct(work, Map({"b": "1"}), ()) == {"b": "1"}


@pytest.mark.parametrize(("value", "word"), [(Map(), "a mapping"), (Seq(), "a list"), ("a", '"a"'), (1.0, '"1"')])
def test_what_a_value_is(value: Any, word: str) -> None:
    assert kind_of(value) == word
