"""Making an agent's process. Loading its modules takes longer than all else it does before its first service, so `up`
makes it while it still reads the files; it does nothing before it is told to go, and ends when it is not."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress

from longshore.native.shared.package import SOURCE
from longshore.native.shared.roots import SOCKET, project_folder

__all__ = ["AgentProcess", "prepare", "prepared", "spawn", "unneeded"]

_LOWEST = 10
"""Descriptors of ours are at least this, so that making them the process's standard streams overwrites none."""


_VARIABLES = frozenset({"HOME", "PATH", "TZ", "TMPDIR", "LANG"})
_FAMILIES = ("XDG_", "LC_", "LD_", "PYTHON")


class AgentProcess:
    """An agent of `project` that loads and then waits. `ready` is a descriptor that says "ready" or what is wrong."""

    def __init__(self, project: str, pid: int, go: int, ready: int) -> None:
        self.project, self._pid, self._go, self.ready = project, pid, go, ready

    def go(self) -> None:
        """Let it become the agent."""
        with suppress(BrokenPipeError):
            os.write(self._go, b"g")
        os.close(self._go)

    def drop(self) -> None:
        """It is not needed, and ends."""
        os.close(self._go)
        os.close(self.ready)
        self.collect()

    def collect(self) -> None:
        """The process that was made has left the agent behind long ago; it is not to stay as a zombie."""
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


_prepared: AgentProcess | None = None


def prepare(project: str, environ: Mapping[str, str] = os.environ) -> None:
    """Make an agent for `project` beforehand, unless one seems to live."""
    global _prepared
    living = os.path.exists(f"{project_folder(environ, project)}/{SOCKET}")  # noqa: PTH110 - pathlib is slow to import
    if _prepared is None and not living:
        with suppress(OSError):
            _prepared = spawn(project, environ)


def prepared(project: str) -> AgentProcess | None:
    """The agent that `prepare` made for `project`, once; one for another project is dropped."""
    global _prepared
    found, _prepared = _prepared, None
    if found and found.project != project:
        found.drop()
        return None
    return found


def unneeded() -> None:
    """Drop what `prepare` made: an agent lives already."""
    prepared("")


def spawn(project: str, environ: Mapping[str, str], *, several: bool = False) -> AgentProcess:
    """Raises OSError when no process can be made."""
    wait, go = _pipe()
    ready, say = _pipe()
    try:
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-S", "-P", "-m", "longshore.native.agent", project, *(["many"] if several else [])],
            {**_needed(environ), "PYTHONPATH": SOURCE},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, wait, 0),
                (os.POSIX_SPAWN_DUP2, say, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
    except OSError:
        os.close(go)
        os.close(ready)
        raise
    finally:
        os.close(wait)
        os.close(say)
    return AgentProcess(project, pid, go, ready)


def _needed(environ: Mapping[str, str]) -> dict[str, str]:
    """What an agent needs of our variables: who else is in a container can see into its init, which comes from it."""
    return {key: value for key, value in environ.items() if key in _VARIABLES or key.startswith(_FAMILIES)}


def _pipe() -> tuple[int, int]:
    import fcntl

    ends = os.pipe()
    read, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _LOWEST) for end in ends)
    for end in ends:
        os.close(end)
    return read, write
