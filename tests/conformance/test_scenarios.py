"""Small situations: the answer is Docker Compose's, or both refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from longshore.compose.load import LoadOptions, load_project
from longshore.compose.write.render import as_mapping, json_text
from longshore.model.errors import ShoreError
from tests.conformance.scenarios import ROOT, environment, lay_out, scenarios


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario["name"])
def test_is_answered_as_docker_compose_does(
    scenario: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "scenario"
    root.mkdir()
    folder = lay_out(scenario, root)
    monkeypatch.chdir(folder)
    environ = environment(scenario, folder)
    monkeypatch.setenv("HOME", environ["HOME"])
    try:
        project = load_project(LoadOptions(**scenario.get("options", {}), environ=environ))
        answer = json.loads(json_text(as_mapping(project)).replace("$", "$$").replace(str(root), ROOT))
    except ShoreError:
        answer = None
    assert answer == scenario["answer"]
