"""Every scenario of the modules here, as root and as an ordinary user."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .conftest import Play

SCENARIOS = [
    (module, node.name)
    for module in ("scenarios", "preparing", "leaving", "pausing", "replacing")
    for node in ast.parse((Path(__file__).parent / f"{module}.py").read_text()).body
    if isinstance(node, ast.AsyncFunctionDef) and not node.args.args
]


@pytest.mark.e2e
@pytest.mark.parametrize(("module", "scenario"), SCENARIOS, ids=[name for _, name in SCENARIOS])
def test_scenario(play: Play, module: str, scenario: str) -> None:
    play(module, scenario)
