"""Where the native engine keeps things, by the XDG variables. One project's names on the host are all under its state
directory; named volumes alone live apart, because `down` leaves them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from longshore.native.shared.roots import SOCKET
from longshore.state.folders import CACHE, DATA, STATE, folder, keep_private

__all__ = ["Places", "ProjectPlaces"]


class ProjectPlaces(NamedTuple):
    """The state directory of one project, mode 0700."""

    directory: Path

    @property
    def lock(self) -> Path:
        """Held by the agent while it lives; holds its pid and version."""
        return self.directory / "lock"

    @property
    def state(self) -> Path:
        return self.directory / "state.json"

    @property
    def socket(self) -> Path:
        return self.directory / SOCKET

    @property
    def agent_log(self) -> Path:
        return self.directory / "agent.log"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def containers(self) -> Path:
        return self.directory / "containers"

    def container(self, identity: str) -> Path:
        """What belongs to one container: its private layer and its files."""
        return self.containers / identity


class Places(NamedTuple):
    """The roots for one user: `state` and `data` of DESIGN.md, each already under "longshore"."""

    state: Path
    data: Path
    cache: Path

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> Places:
        return cls(
            Path(folder(environ, STATE)),
            Path(folder(environ, DATA)),
            Path(folder(environ, CACHE)),
        )

    def keep_private(self) -> None:
        """Close what is there and open to others (the cache closes itself)."""
        keep_private(self.state)
        keep_private(self.data)

    def project(self, name: str) -> ProjectPlaces:
        return ProjectPlaces(self.state / name)

    def projects(self) -> Iterator[str]:
        """The names of the projects that have a state directory."""
        if self.state.is_dir():
            yield from sorted(entry.name for entry in self.state.iterdir() if (entry / "state.json").exists())

    @property
    def volumes(self) -> Path:
        return self.data / "volumes"
