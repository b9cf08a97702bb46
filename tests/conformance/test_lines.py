"""Lines of files: what each becomes is what Docker Compose makes of it, or both refuse."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from longshore.compose.load import LoadOptions, load_project
from longshore.compose.write.render import as_mapping, json_text
from longshore.model.errors import ShoreError
from tests.conformance.lines import entries, scenario, shortened
from tests.conformance.scenarios import ROOT, environment, lay_out


@pytest.mark.parametrize(("lines", "answer"), entries(), ids=[" | ".join(lines) for lines, _ in entries()])
def test_is_read_as_docker_compose_does(
    lines: Sequence[str], answer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "scenario"
    root.mkdir()
    asked = scenario(lines)
    folder = lay_out(asked, root)
    monkeypatch.chdir(folder)
    environ = environment(asked, folder)
    monkeypatch.setenv("HOME", environ["HOME"])
    try:
        text = json_text(as_mapping(load_project(LoadOptions(environ=environ))))
        found = shortened(lines, json.loads(text.replace("$", "$$").replace(str(root), ROOT)))
    except ShoreError:
        found = None
    assert found == answer
