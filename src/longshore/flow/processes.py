"""The processes of containers as this machine's /proc shows them: for `top` and `stats`, the same on every engine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.state.observed import Container

__all__ = ["Process", "Usage", "processes_of", "snapshot", "usage"]

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@record
class Process:
    """One process. `ticks` of processor time so far, `started` ticks after boot, `resident` bytes."""

    pid: int
    parent: int
    uid: int
    ticks: int
    started: int
    resident: int
    command: str


@record
class Usage:
    """`cpu` in per cent of one processor, `memory` in bytes, `count` of processes."""

    cpu: float
    memory: int
    count: int


def snapshot() -> dict[int, Process]:
    """Every process that can be seen. Raises where there is no /proc."""
    if not Path("/proc/self/stat").exists():
        raise ShoreError("processes can be seen on Linux only", hint="ask the engine: docker top, docker stats")
    found = (_read(int(entry.name)) for entry in os.scandir("/proc") if entry.name.isdecimal())
    return {process.pid: process for process in found if process}


def _read(pid: int) -> Process | None:
    folder = Path("/proc") / str(pid)
    try:
        stat = (folder / "stat").read_text()
        words = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        uid = folder.stat().st_uid
    except OSError:
        return None
    name, _, rest = stat.partition("(")[2].rpartition(")")
    fields = rest.split()
    command = " ".join(word.decode(errors="replace") for word in words) or f"[{name}]"
    ticks = int(fields[11]) + int(fields[12])
    return Process(pid, int(fields[1]), uid, ticks, int(fields[19]), int(fields[21]) * _PAGE, command)


def processes_of(container: Container, every: Mapping[int, Process]) -> list[Process]:
    """The container's first process and all that come from it, oldest first. Empty when they cannot be seen."""
    if not container.pid or container.pid not in every:
        return []
    children: dict[int, list[int]] = {}
    for process in every.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: list[int] = []
    waiting = [container.pid]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return sorted((every[pid] for pid in found), key=lambda process: (process.started, process.pid))


def usage(before: Iterable[Process], after: Iterable[Process], seconds: float) -> Usage:
    """What a container used between two looks `seconds` apart."""
    spent = {process.pid: process.ticks for process in before}
    now = list(after)
    ticks = sum(process.ticks - spent.get(process.pid, process.ticks) for process in now)
    return Usage(100.0 * ticks / _TICKS / seconds, sum(map(_memory, now)), len(now))


def _memory(process: Process) -> int:
    """Its proportional share of memory where that may be read, so that pages shared by a fork count once; else what
    is resident."""
    try:
        for line in (Path("/proc") / str(process.pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return process.resident
