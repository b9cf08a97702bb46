"""Every scenario of scenarios.py, as root and as an ordinary user."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .conftest import Play

SCENARIOS = [
    node.name
    for node in ast.parse((Path(__file__).parent / "scenarios.py").read_text()).body
    if isinstance(node, ast.AsyncFunctionDef) and not node.args.args
]


@pytest.mark.e2e
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(play: Play, scenario: str) -> None:
    play("scenarios", scenario)
