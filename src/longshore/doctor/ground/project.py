"""What the rules look at: the files of the project, its Dockerfiles, its git, read once and only when a rule asks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.flow.home import Where
from longshore.flow.reading import Reading
from longshore.migrations.history import History
from longshore.model.errors import ShoreError
from longshore.model.service import Service
from longshore.model.stack import Stack

if TYPE_CHECKING:
    from longshore.doctor.ground.buildfile import BuildFile

__all__ = ["Ground"]


class Ground:
    """One project. `where` says which; `reading` are its Compose files."""

    def __init__(self, where: Where, reading: Reading) -> None:
        self.where, self.reading = where, reading
        self.folder = Path(reading.stack.working_dir)

    @classmethod
    def of(cls, where: Where, stack: Stack) -> Ground:
        """For rules that look at the stack and its Dockerfiles, and not at what else was read of the files."""
        return cls(where, Reading(stack, {}, (), {}))

    @property
    def services(self) -> Mapping[str, Service]:
        """All services, also those that a profile leaves out."""
        return self.reading.services

    @cached_property
    def oneshots(self) -> frozenset[str]:
        """Services that are meant to end: others wait for their success, or the file says they are not restarted, or
        they run on request only."""
        waited = {
            name
            for service in self.services.values()
            for name, needed_ in service.depends_on.items()
            if needed_.condition == "service_completed_successfully"
        }
        named = {
            name for name, service in self.services.items() if service.raw.get("restart") == "no" or service.profiles
        }
        return frozenset(waited | named)

    @property
    def build_files(self) -> tuple[BuildFile, ...]:
        """The Dockerfiles of all services that build from a folder; those that cannot be read are `broken`."""
        return self._builds[0]

    @property
    def broken(self) -> tuple[ShoreError, ...]:
        """What is wrong with Dockerfiles that cannot be read."""
        return self._builds[1]

    @cached_property
    def _builds(self) -> tuple[tuple[BuildFile, ...], tuple[ShoreError, ...]]:
        from longshore.doctor.ground.buildfile import read_build_file

        files: list[BuildFile] = []
        errors: dict[str, ShoreError] = {}
        for service in self.services.values():
            build = service.build
            if build is None or "://" in build.context or build.context.startswith("git@"):
                continue
            try:
                files.append(read_build_file(service, build, self.shown(Path(build.context, build.dockerfile))))
            except ShoreError as error:
                errors.setdefault(str(error), error)
        return tuple(files), tuple(errors.values())

    def build_file(self, service: str) -> BuildFile | None:
        return next((one for one in self.build_files if one.service.name == service), None)

    def shown(self, path: str | Path) -> str:
        """A path as people read it: relative to the current folder where it is below."""
        text = os.path.relpath(path)
        return str(path) if text.startswith("..") else text

    @cached_property
    def histories(self) -> tuple[History, ...]:
        """The histories of migrations in the project's own folders."""
        from longshore.migrations.find import histories_in, sources_of

        return histories_in(folder for service in self.services.values() for folder in sources_of(service))

    @cached_property
    def tracked(self) -> frozenset[str]:
        """The files that git tracks below the project's folder, relative to it; none where there is no git."""
        import subprocess

        try:
            done = subprocess.run(
                ["git", "-C", str(self.folder), "ls-files", "-z"], capture_output=True, check=False, timeout=10
            )
        except (OSError, subprocess.TimeoutExpired):
            return frozenset()
        return frozenset(os.fsdecode(name) for name in done.stdout.split(b"\0") if name)

    def text(self, path: Path) -> str | None:
        """The text of a file; None where it is not there or is none."""
        try:
            return path.read_text()
        except (OSError, UnicodeDecodeError):
            return None
