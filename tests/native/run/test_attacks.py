"""Every attack of attacks.py, as root and as an ordinary user."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .conftest import Play

ATTACKS = [
    node.name
    for node in ast.parse((Path(__file__).parent / "attacks.py").read_text()).body
    if isinstance(node, ast.AsyncFunctionDef) and not node.args.args
]


@pytest.mark.e2e
@pytest.mark.parametrize("attack", ATTACKS)
def test_attack(play: Play, attack: str) -> None:
    play("attacks", attack)
