"""The command: what it says, its exit code, and the changes it makes."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest

from longshore.cli.main import main
from tests.doctor.broken import BROKEN, SOUND, broken
from tests.doctor.projects import place


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / ".xdg"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


def test_a_sound_project_ends_with_0(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(here, SOUND)
    assert main(["doctor", "--no-linter", "--no-machine"]) == 0
    assert capsys.readouterr().out.strip() == "nothing found"


def test_json_and_sarif_name_file_and_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(here, broken(BROKEN["image latest"][1]))
    assert main(["doctor", "--no-linter", "--no-machine", "--format", "json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    line = next(n for n, text in enumerate((here / "compose.yaml").read_text().splitlines(), 1) if "latest" in text)
    assert (finding["rule"], finding["file"], finding["line"]) == ("compose.unpinned-image", "compose.yaml", line)
    assert main(["doctor", "--no-linter", "--no-machine", "--format", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == line
    assert result["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_fix_shows_asks_and_mends(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = broken((*BROKEN["version attribute"][1], *BROKEN["no .dockerignore"][1]))
    del files[".env"]
    place(here, files)
    words = ["doctor", "--no-linter", "--no-machine", "--all"]
    assert main([*words, "--fix", "--yes"]) == 0
    said = capsys.readouterr()
    assert '-version: "3.8"' in said.err
    secret = (here / ".env").read_text().strip().partition("DB_PASSWORD=")[2]
    assert len(secret) == 64
    assert secret not in said.err + said.out
    assert stat.S_IMODE((here / ".env").stat().st_mode) == 0o600
    assert ".env" in (here / ".dockerignore").read_text()
    assert (here / "compose.yaml").read_text() == SOUND["compose.yaml"]


def test_nothing_is_changed_unasked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(here, broken(BROKEN["version attribute"][1]))
    before = (here / "compose.yaml").read_text()
    for words in (["--fix"], ["--dry-run", "--fix"], []):
        main(["doctor", "--no-linter", "--no-machine", *words])
        assert (here / "compose.yaml").read_text() == before


def test_a_taken_port_is_named_with_its_holder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever else this machine can run: the port is looked at on the engine that would be used."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        text = f"services:\n  web:\n    image: redis:7\n    ports: ['127.0.0.1:{number}:80']\n"
        place(here, {"compose.yaml": text})
        code = main(["--engine", "native", "doctor", "--no-linter", "--format", "json"])
    found = [f for f in json.loads(capsys.readouterr().out)["findings"] if f["rule"] == "machine.not-ready"]
    if not found:
        pytest.skip("the native engine cannot look at ports here")
    assert code == 1
    assert f"port {number} is taken by" in found[0]["text"]
    assert found[0]["line"] == 4


def test_files_that_cannot_be_read_are_findings(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(here, {"compose.yaml": "services:\n  web: {imagee: nginx}\n"})
    assert main(["doctor"]) == 1
    assert "compose.yaml:2:9" in capsys.readouterr().out
