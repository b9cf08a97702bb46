"""`shore config` with each of its switches, on one of the golden cases; the answers are Docker Compose 2.40.3's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance.answers import GOLDEN, HERE, SHORE, Case

SELECTION = Case(GOLDEN / "selection", {"files": ["compose.yaml"], "env": {"HOME_OF": "x"}})
PROFILES = Case(GOLDEN / "profiles", {"files": ["compose.yaml"]})
MERGE = Case(GOLDEN / "merge-files", {"files": ["compose.yaml", "override.yaml"], "env": {"C": "1"}})
INCLUDE = Case(GOLDEN / "include", {"files": ["compose.yaml"]})


@pytest.mark.parametrize(
    ("case", "arguments", "lines"),
    [
        (SELECTION, ["--services"], ["f", "e", "d", "c", "b", "a", "z"]),
        (SELECTION, ["--volumes"], ["unused"]),
        (SELECTION, ["--networks"], ["default", "n1", "n2", "n3"]),
        (SELECTION, ["--images"], ["a", "b", "c", "d", "e", "f", "z"]),
        (PROFILES, ["--profiles"], ["debug", "dev", "test"]),
        (PROFILES, ["--services"], ["web"]),
        (INCLUDE, ["--images"], ["example/other:from-values-none", "example/sub:from-sub", "example/web:main"]),
        (SELECTION, ["--variables"], [
            "NAME                REQUIRED            DEFAULT VALUE       ALTERNATE VALUE",
            "HOME_OF             false                                   ",
        ]),
        (INCLUDE, ["--variables", "--format", "yaml"], [
            "EXTRA:", "    name: EXTRA", "    defaultvalue: none", '    presencevalue: ""', "    required: false",
            "TAG:", "    name: TAG", "    defaultvalue: none", '    presencevalue: ""', "    required: false",
        ]),
        (SELECTION, ["-q"], []),
    ],
)  # fmt: skip
def test_lists(case: Case, arguments: list[str], lines: list[str]) -> None:
    assert case.ask([SHORE], *arguments).splitlines() == lines


def test_numbers_in_keys_are_sorted_as_people_count(tmp_path: Path) -> None:
    """go-yaml sorts so, in `environment` as in everything; the hash is over plain order."""
    values = "{W_1: a, W_10: b, W_2: c}"
    (tmp_path / "compose.yaml").write_text(
        f"name: t\nservices: {{a: {{image: x, environment: {values}, labels: {values}}}}}\n"
    )
    said = Case(tmp_path, {"files": ["compose.yaml"]}).ask([SHORE])
    assert [line.split(":")[0].strip() for line in said.splitlines() if "W_" in line] == ["W_1", "W_2", "W_10"] * 2


def test_environment_is_the_process_over_the_env_file() -> None:
    case = Case(GOLDEN / "interpolation", {"files": ["compose.yaml"], "env": {
        "NAME": "web", "BOTH": "process", "BOOL_YES": "true", "SIZE": "1g", "CPUS": "1", "PORT": "80"}})  # fmt: skip
    lines = case.ask([SHORE], "--environment").splitlines()
    assert "BOTH=process" in lines
    assert "FILE_VALUE=from .env" in lines
    assert "COMPOSE_PROJECT_NAME=interpolation" in lines
    assert lines == sorted(lines)
    assert not any(line.startswith("LC_CTYPE=") for line in lines)  # Python's own, not the user's


def test_hash_of_some_services() -> None:
    every = dict(line.split() for line in SELECTION.ask([SHORE], "--hash", "*").splitlines())
    assert SELECTION.ask([SHORE], "--hash", "z,a").splitlines() == [f"a {every['a']}", f"z {every['z']}"]
    assert 'there is no service "nobody"' in SELECTION.ask([SHORE], "--hash", "nobody")


def test_no_interpolate_leaves_variables_and_has_no_values() -> None:
    model = json.loads(MERGE.ask([SHORE], "--no-interpolate", "--format", "json"))
    assert model["services"]["web"]["environment"] == ["A=1", "B=three", "C", "D", "E=5"]
    text = SELECTION.ask([SHORE], "--no-interpolate")
    assert "content: text $$ ${HOME_OF}" in text


def test_no_path_resolution_and_no_normalize() -> None:
    relative = json.loads(MERGE.ask([SHORE], "--no-path-resolution", "--format", "json"))
    assert relative["services"]["web"]["build"]["context"] == "./web"
    plain = json.loads(SELECTION.ask([SHORE], "--no-normalize", "--no-consistency", "--format", "json"))
    assert "depends_on" not in plain["services"]["c"]
    assert HERE not in json.dumps(relative["services"]["web"]["volumes"])


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    target = tmp_path / "out.yaml"
    assert PROFILES.ask([SHORE], "-o", str(target)) == ""
    assert target.read_text() == PROFILES.ask([SHORE])


def test_a_format_that_is_none() -> None:
    assert '"toml" is not a format' in PROFILES.ask([SHORE], "--format", "toml")


@pytest.mark.parametrize("name", ["scalars", "ports", "volumes", "build", "resources", "lifecycle", "selection"])
def test_what_is_printed_reads_back_as_the_same(name: str, tmp_path: Path) -> None:
    golden = Case(GOLDEN / name, {"files": []})
    copy = tmp_path / "compose.yaml"
    copy.write_text(golden.answer("config.yaml").replace(HERE, "/here").replace("@HOME@", "/home/someone"))
    again = Case(tmp_path, {"files": ["compose.yaml"], "env": {"CONF": "value", "FROM_PROCESS": "yes"}})
    assert again.ask([SHORE], "--no-consistency") == copy.read_text().replace("/home/someone", "@HOME@")
