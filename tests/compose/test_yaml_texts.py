"""How a text is written in YAML, and how keys are sorted: as Docker Compose 2.40.3 prints them as labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from longshore.compose.write.yamltext import natural, yaml_text

TEXTS: list[tuple[str, str]] = json.loads(Path(__file__).with_name("yaml_texts.json").read_text())
KEYS = (
    "-a .a _a 1 1a 01 2 9z 09z 10 10z A A1 A2 A10 Ab B a a-1 a-b a.b a_b a0 "
    "a00 a1 a1a a1aa a1b a1b2 a1b02 a1b10 a1- a1.5 a1.10 a1_2 a1_10 a01 a001 a2 a2a a02 a9 a10 a10a a10b a10b1 "
    "a11 a99 a100 aB aa1 ab b b1 b2 b10 x0y x00y x1y x2 x10y x20 x020 x200 z zz é ü"
)


@pytest.mark.parametrize(("text", "printed"), TEXTS, ids=[ascii(text)[:30] for text, _ in TEXTS])
def test_a_text_is_printed_as_docker_compose_does(text: str, printed: str) -> None:
    assert yaml_text({"k": text}) == f"k: {printed}\n"


def test_keys_are_sorted_as_docker_compose_does() -> None:
    keys = KEYS.split()
    assert [*natural(dict.fromkeys(reversed(keys)))] == keys


def test_a_break_that_only_yaml_knows_is_escaped() -> None:
    """Docker Compose prints it as it is, and cannot read that back."""
    assert yaml_text({"k": "a\u2028b"}) == 'k: "a\\Lb"\n'


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"a": []}, ["a: []"]),
        ({"a": [[], {}, [1], {"b": 2}]}, ["a:", "  - []", "  - {}", "  - - 1", "  - b: 2"]),
        ({"a": {"b": {}}}, ["a:", "  b: {}"]),
        ({"a": [{"b": [1], "c": "x\ny"}]}, ["a:", "  - b:", "      - 1", "    c: |-", "      x", "      y"]),
        ({"a b": 1, "": 2, "x\ny": 3, "1": 4}, ["a b: 1", '"": 2', '"x\\ny": 3', '"1": 4']),
        (
            {"a": [None, True, 1.5, float("inf"), float("-inf")]},
            ["a:", "  - null", "  - true", "  - 1.5", "  - .inf", "  - -.inf"],
        ),
    ],
)
def test_collections_in_one_another(value: dict[str, object], lines: list[str]) -> None:
    assert yaml_text(value).splitlines() == lines
    assert yaml.safe_load(yaml_text(value)) is not None
