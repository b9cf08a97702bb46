"""Which process holds a port of this machine: from /proc/net to the socket, from /proc/*/fd to the process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from longshore.model.record import record

__all__ = ["Holder", "find_holder"]

_LISTEN = "0A"
_FILES = {"tcp": ("tcp", "tcp6"), "udp": ("udp", "udp6")}
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
    inodes = set(_inodes(port, protocol, proc))
    if not inodes:
        return None
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for entry in proc.iterdir():
        if entry.name.isdigit() and _holds(entry, wanted):
            return _describe(entry)
    return Holder()


def _inodes(port: int, protocol: str, proc: Path) -> Iterator[str]:
    for name in _FILES[protocol]:
        with suppress(OSError):
            for line in (proc / "net" / name).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                listening = protocol == "udp" or fields[3] == _LISTEN
                if listening and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _holds(process: Path, wanted: set[str]) -> bool:
    with suppress(OSError):
        for fd in (process / "fd").iterdir():
            with suppress(OSError):
                if str(fd.readlink()) in wanted:
                    return True
    return False


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
