"""One release of a project at a time, wherever it is started: an object of the Swarm that says who has it."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from longshore.docker.api.errors import ApiError
from longshore.model.errors import ShoreError
from longshore.ship.swarm import Swarm
from longshore.ship.translate import PROJECT
from longshore.state.boot import boot_id

__all__ = ["alone", "holder", "lock_name", "whoami"]

AGAIN_SECONDS = 0.3
_WHO, _HOST, _PID, _SINCE, _WHAT = (f"io.longshore.lock.{key}" for key in ("who", "host", "pid", "since", "what"))


def lock_name(project: str) -> str:
    return f"{project}_ship-lock"


def whoami() -> str:
    """Who does it, as others know them."""
    with contextlib.suppress(KeyError, OSError):
        return f"{getpass.getuser()}@{socket.gethostname()}"
    return f"{os.getuid()}@{socket.gethostname()}"


def _process(pid: int) -> str:
    """This process and no other one of the same number: its number and when it began; "" when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else f"{pid}.{fields[19]}"


def _machine() -> str:
    try:
        boot = boot_id()
    except OSError:
        boot = ""
    return f"{socket.gethostname()}.{boot[:8]}"


def holder(labels: Mapping[str, str]) -> str:
    return f"{labels.get(_WHO, 'somebody')} ({labels.get(_WHAT, 'ship')}) since {labels.get(_SINCE, 'some time')}"


def _dead(labels: Mapping[str, str]) -> bool:
    """Whether who holds it was a process of this machine and has ended; of another machine nobody knows."""
    there = labels.get(_PID, "")
    return labels.get(_HOST) == _machine() and _process(int(there.partition(".")[0] or 0)) != there


@contextlib.asynccontextmanager
async def alone(
    swarm: Swarm, project: str, what: str, now: str, say: Callable[[str], None], *, patience: float = 0.0
) -> AsyncIterator[None]:
    """Hold the lock. Raises ShoreError that says who has it after `patience` seconds; what a dead process of this
    machine left is taken over."""
    labels = {
        PROJECT: project, _WHO: whoami(), _HOST: _machine(), _PID: _process(os.getpid()), _SINCE: now, _WHAT: what,
    }  # fmt: skip
    name = lock_name(project)
    end, taken = time.monotonic() + patience, 0
    while True:
        try:
            await swarm.store("config", name, b"locked", labels, sole=True)
            break
        except ApiError as error:
            if error.status != 409:
                raise
        found = (await swarm.configs(project)).get(name)
        theirs = (found["Spec"].get("Labels") or {}) if found else {}
        if theirs == labels:
            break  # it is ours: only the answer was lost
        if found and not _dead(theirs) and time.monotonic() < end:
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        if found and (not _dead(theirs) or taken == 2):
            raise ShoreError(
                f"{project} is being shipped: {holder(theirs)}", hint="wait; if that one is dead: shore ship unlock"
            )
        if found:
            taken += 1
            say(f"the lock of {holder(theirs)} is taken over: that process has ended")
            await swarm.remove("config", found["ID"])
    try:
        yield
    finally:
        await asyncio.shield(swarm.remove("config", name))
