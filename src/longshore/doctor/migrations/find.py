"""Where the services of a project have their migrations: in the folders that they are built from or mount."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from longshore.doctor.beforeup import BELOW
from longshore.doctor.migrations import alembic, django
from longshore.doctor.migrations.history import History

__all__ = ["histories_in"]


def histories_in(sources: Iterable[Path]) -> tuple[History, ...]:
    """The histories in the folders that services are built from or mount, each once."""
    found: dict[str, History] = {}
    for folder in _folders(sources):
        for history in (*alembic.histories(folder), *django.histories(folder)):
            found.setdefault(str(Path(history.folder).resolve()), history)
    return tuple(found.values())


def _folders(sources: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for source in sources:
        for name in BELOW:
            folder = source / name
            if folder not in seen and folder.is_dir():
                seen.add(folder)
                yield folder
