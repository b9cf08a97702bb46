"""Loading files that a test writes, with an environment of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from longshore.compose.load import LoadOptions, load
from longshore.model.errors import Place, ShoreError, ShoreErrors
from longshore.model.stack import Stack


@dataclass
class Folder:
    """A folder of Compose files; places are relative to it."""

    path: Path
    warnings: list[str] = field(default_factory=list)

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file of the folder."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def load(self, text: str | bytes | None = None, /, **options: Any) -> Stack:
        """The stack of `text` (compose.yaml), or of the files that are there."""
        if text is not None:
            self.write("compose.yaml", text)
        given = {"environ": {"PWD": str(self.path), "HOME": "/home/someone"}, "warn": self._warn, **options}
        return load(LoadOptions(**given))

    def faults(self, text: str | bytes | None = None, /, **options: Any) -> list[str]:
        """What is wrong with the files, each as it is printed."""
        return [str(one) for one in self._errors(text, options)]

    def told(self, text: str | bytes | None = None, /, **options: Any) -> list[str]:
        """The same, each with what to do in brackets."""
        return [f"{one} [{one.hint}]" if one.hint else str(one) for one in self._errors(text, options)]

    def _errors(self, text: str | bytes | None, options: dict[str, Any]) -> tuple[ShoreError, ...]:
        with pytest.raises(ShoreError) as caught:
            self.load(text, **options)
        error = caught.value
        return error.errors if isinstance(error, ShoreErrors) else (error,)

    def _warn(self, what: str, place: Place | None) -> None:
        self.warnings.append(f"{place}: {what}" if place else what)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """An empty folder, which is the current one."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return Folder(project)
