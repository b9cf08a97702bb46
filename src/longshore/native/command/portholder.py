"""Which process holds a port of this machine: from /proc/net to the socket, from /proc/*/fd to the process."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from longshore.model.record import record
from longshore.state.sockets import held, listening

__all__ = ["Holder", "find_holder"]

_AGENT = "longshore.native.agent"


@record
class Holder:
    """`pid` is 0 when the process cannot be seen (another user's). `age` in seconds; `project` when it is an agent."""

    pid: int = 0
    name: str = ""
    command: str = ""
    age: float = 0.0
    directory: str = ""
    project: str = ""

    def __str__(self) -> str:
        """As it stands in the message: node (pid 19552, "next dev", started 2 h ago, in /src/dashboard)."""
        if not self.pid:
            return "a process of another user"
        if self.project:
            return f"project {self.project} of shore (agent pid {self.pid})"
        parts = [f"pid {self.pid}", f'"{self.command}"' if self.command else "", f"started {_ago(self.age)} ago"]
        parts.append(f"in {self.directory}" if self.directory else "")
        return f"{self.name} ({', '.join(part for part in parts if part)})"


def _ago(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def find_holder(port: int, protocol: str, proc: Path = Path("/proc")) -> Holder | None:
    """Who listens on `port`; None when nobody does."""
    wanted = listening(proc / "net", port, protocol)
    if not wanted:
        return None
    for entry in proc.iterdir():
        if entry.name.isdigit() and not wanted.isdisjoint(held(entry)):
            return _describe(entry)
    return Holder()


def _describe(process: Path) -> Holder:
    arguments, directory, age = [""], "", 0.0
    with suppress(OSError):
        arguments = (process / "cmdline").read_bytes().rstrip(b"\0").decode(errors="replace").split("\0")
    with suppress(OSError):
        directory = str((process / "cwd").readlink())
    with suppress(OSError):
        age = time.time() - process.stat().st_ctime
    name = ""
    with suppress(OSError):
        name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    project = arguments[arguments.index(_AGENT) + 1] if _AGENT in arguments[:-1] else ""
    return Holder(int(process.name), name, _short(arguments), age, directory, project)


def _short(arguments: list[str]) -> str:
    text = " ".join(arguments)
    return text if len(text) <= 60 else f"{text[:57]}..."
