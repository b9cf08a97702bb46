"""Adding an engine: a module and a row of the table; every command then knows it by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.cli.main import main
from longshore.flow.choice.engines import ENGINES, EngineRow
from tests.flow import toy_engine


@pytest.fixture(autouse=True)
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "toy", EngineRow("tests.flow.toy_engine:ToyEngine"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    toy_engine.WORLD.clear()
    toy_engine.NETWORKS.clear()
    (tmp_path / "compose.yaml").write_text("name: demo\nservices:\n  web: {image: web}\n  db: {image: db}\n")


def test_up_ps_and_down_on_an_engine_of_somebody_elses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--engine", "toy", "up", "-d"]) == 0
    assert capsys.readouterr().err.splitlines()[0] == "toy · demo · 2 services   (asked for)"
    assert {container.state for container in toy_engine.WORLD.values()} == {"running"}
    assert main(["--engine", "toy", "ps", "-q"]) == 0
    assert capsys.readouterr().out.split() == ["toy1", "toy0"]
    assert main(["--engine", "toy", "down"]) == 0
    assert not toy_engine.WORLD
    assert not toy_engine.NETWORKS


def test_completion_knows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["__complete", "2", "--engine", "t"]) == 0
    assert capsys.readouterr().out.split()[0].startswith("toy")
