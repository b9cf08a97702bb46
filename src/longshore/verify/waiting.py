"""Whether a command in a service that stands still only waits for it: the kernel knows that sooner than any clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from longshore.verify.live import Answer, Live

__all__ = ["Waits", "asked", "only_waits"]

LOOK = 0.1
STILL = 0.5
"""Seconds without a step after which a command counts as waiting; a busy machine may keep it from one so long, but then
the kernel does not say that it sleeps."""

Waits = Mapping[int, tuple[str, str]]
"""By process, what it sleeps in ("" where it does not), and how long it has run so far."""


async def asked(live: Live, service: str, words: tuple[str, ...], limit: float) -> Answer:
    """What the command says within so many seconds; an answer without a code as soon as it only waits."""
    began = time.monotonic()
    namespace = _namespace((await live.container(service)).pid)
    held = set(_inside(namespace))
    task = asyncio.create_task(live.execute(service, *words, limit=limit))
    seen: list[Waits] = []
    try:
        while not (await asyncio.wait((task,), timeout=LOOK))[0]:
            seen.append(_waits(set(_inside(namespace)) - held))
            if only_waits(seen[-int(STILL / LOOK) - 1 :]):
                return Answer(None, "", "", time.monotonic() - began)
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def only_waits(seen: list[Waits]) -> bool:
    """Whether all these looks show the same processes, none of which takes a step, nor sleeps by a clock."""
    if len(seen) <= STILL / LOOK or not seen[0]:
        return False
    return all(one == seen[0] for one in seen) and all(
        place not in ("", "0") and "nanosleep" not in place for place, _ in seen[0].values()
    )


def _namespace(pid: int) -> str:
    """The container's own, by which its processes are told from others; "" where it cannot be seen."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""


def _inside(namespace: str) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()) if namespace else ()
    return [pid for pid in pids if _namespace(pid) == namespace]


def _waits(pids: set[int]) -> Waits:
    found: dict[int, tuple[str, str]] = {}
    for pid in pids:
        folder = Path(f"/proc/{pid}")
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            place = (folder / "wchan").read_text().strip() if state == "S" else ""
            found[pid] = (place, (folder / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return found
