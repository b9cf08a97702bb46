"""Where the services of a project have their migrations: in the folders that they are built from or mount."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.model.service import Service

if TYPE_CHECKING:
    from longshore.migrations.history import History

__all__ = ["BELOW", "histories_in", "sources_of"]

BELOW = ("", "app", "src", "backend", "server", "api", "db", "database")
"""Folders of a build context in which a project's settings usually are, beside the context itself."""


def sources_of(service: Service) -> Iterator[Path]:
    """The folders that a service is built from or mounts."""
    yield from (Path(m.source) for m in service.mounts if m.type == "bind" and Path(m.source).is_dir())
    if service.build and "://" not in service.build.context:
        yield Path(service.build.context)


def histories_in(sources: Iterable[Path]) -> tuple[History, ...]:
    """The histories in the folders that services are built from or mount, each once."""
    from longshore.migrations import alembic, django  # their parsers take longer to load than all else here

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
