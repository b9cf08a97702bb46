"""Small projects on disk, and what the rules find in them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from longshore.doctor.examine import findings_of
from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.doctor.silence import sort_out
from longshore.flow.home import Where
from longshore.flow.reading import read

__all__ = ["found", "place", "where"]


def place(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files; one called ".git" makes the folder a repository with all of them in it."""
    for name, text in files.items():
        if name != ".git":
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if ".git" in files:
        for words in (["init", "-q"], ["add", "."]):
            subprocess.run(["git", "-C", str(folder), *words], check=True)
    return folder


def where(folder: Path) -> Where:
    """The project in a folder, seen from an environment that has nothing of its own."""
    return Where(files=(str(folder / "compose.yaml"),), environ={"PATH": "/usr/bin:/bin", "HOME": str(folder)})


def found(folder: Path, rules: Iterable[Rule]) -> list[Finding]:
    """What the rules find in the project of a folder, less what it silences."""
    ground = Ground(where(folder), read(where(folder)))
    return sort_out(findings_of(ground, rules), ground)[0]
