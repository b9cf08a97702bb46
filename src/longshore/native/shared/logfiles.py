"""Where the lines of a container's log are: the agent writes them, a command reads them, with an agent or without."""

from __future__ import annotations

from pathlib import Path

__all__ = ["log_files"]


def log_files(directory: Path, name: str) -> list[Path]:
    """The files of one container's log, oldest first; the last is being written."""
    current = directory / f"{name}.jsonl"
    older = [path for path in directory.glob(f"{name}.jsonl.*") if path.suffix[1:].isdigit()]
    found = sorted(older, key=lambda path: -int(path.suffix[1:]))
    return [*found, *([current] if current.exists() else [])]
