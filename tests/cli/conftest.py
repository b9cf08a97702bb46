"""The command line on an engine in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from longshore.cli import main
from longshore.cli import where as options
from longshore.flow import home
from tests.cli.scenes import Only, Scene


@dataclass
class Said:
    """What a command said and ended with. The exit code of one that failed must be looked at: `seen` says that a test
    did."""

    words: tuple[str, ...]
    ended: int
    out: str
    err: str
    seen: bool = False

    @property
    def code(self) -> int:
        self.seen = True
        return self.ended

    @property
    def failure(self) -> str:
        """What it said where it must have failed."""
        assert self.code, f"shore {' '.join(self.words)} did not fail"
        return self.err

    @property
    def screen(self) -> str:
        """stderr with every measured time as N."""
        return re.sub(r"\d+\.\d+( ?s\b|(?= →|$| ·))", r"N\1", self.err, flags=re.MULTILINE)


@dataclass
class Stage:
    """Runs `shore` in this process on the scene that is set."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    all: list[Said] = field(default_factory=list)

    def set(self, scene: Scene) -> Scene:
        self.monkeypatch.setattr(options, "make_engines", lambda environ, **_: Only(scene.engine))
        self.monkeypatch.setattr(home, "load_stack", lambda where, services=(): scene.stack)
        self.monkeypatch.setattr(home, "load_if_there", lambda where: scene.stack)
        return scene

    def __call__(self, *words: str) -> Said:
        self.capsys.readouterr()
        try:
            code = main.main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self.capsys.readouterr()
        self.all.append(Said(words, code, out, err))
        return self.all[-1]


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test meets another's state, nor the caller's COMPOSE_ and SHORE_ variables."""
    for name in ("STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in ("COMPOSE_FILE", "COMPOSE_PROGRESS", "COMPOSE_ANSI", "SHORE_ENGINE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shore(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Stage]:
    stage = Stage(monkeypatch, capsys)
    yield stage
    failed = [one for one in stage.all if one.ended and not one.seen]
    assert not failed, "\n".join(f"shore {' '.join(one.words)}: exit {one.ended}\n{one.err}" for one in failed)
