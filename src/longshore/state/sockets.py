"""Who takes connections on this machine: from the kernel's tables to sockets, from a process to the sockets it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["held", "listening"]

_LISTENS = "0A"
"""The state of such a socket of TCP in the kernel's table; UDP knows none."""


def listening(tables: Path, port: int | None = None, protocol: str = "tcp") -> frozenset[str]:
    """The sockets, as `held` names them, of the tables in a folder (/proc/net, /proc/PID/net): all, or those of a
    `port`; none where the kernel does not tell."""
    found: set[str] = set()
    for name in (protocol, f"{protocol}6"):
        with suppress(OSError):
            for line in (tables / name).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if protocol == "tcp" and fields[3] != _LISTENS:
                    continue
                if port is None or int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return frozenset(found)


def held(process: Path) -> Iterator[str]:
    """What the descriptors of a process (/proc/PID) are; nothing of one that has gone, or is not to be seen."""
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                yield str(descriptor.readlink())
