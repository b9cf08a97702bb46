"""What is no YAML, or none of Compose's: where, what, and what to do, in full (yaml_faults.json)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.compose.conftest import Folder

TOLD: list[tuple[str, str]] = json.loads(Path(__file__).with_name("yaml_faults.json").read_text())


@pytest.mark.parametrize(("text", "told"), TOLD, ids=[ascii(text)[:40] for text, _ in TOLD])
def test_is_told_in_full(folder: Folder, text: str, told: str) -> None:
    assert folder.told(text) == [f"compose.yaml:{told}"]
