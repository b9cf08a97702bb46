"""The agent's life: lock, user namespace, zygote, event loop. The order is binding: each step needs the one before."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import socket
from contextlib import suppress

from longshore.engine.native.inside.zygote import fork_zygote
from longshore.engine.native.kernel.userns import enter_user_namespace, is_root
from longshore.engine.native.places import Places, ProjectPlaces
from longshore.engine.native.records import FORMAT, boot_id

__all__ = ["LOCKED", "READY", "run"]

READY, LOCKED = "ready", "locked"


def run(name: str, ready: int) -> None:
    places = Places.of()
    project = places.project(name)
    project.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    project.directory.chmod(0o700)
    lock = _lock(project)
    if lock < 0:
        _say(ready, LOCKED)
        return
    nested = not is_root()
    try:
        if nested:
            enter_user_namespace()
        pid, requests = fork_zygote()
        _more_descriptors()
        _live(name, places, pid, requests, ready, nested=nested)
    except OSError as error:
        _say(ready, f"{error.strerror or error}")
        raise
    finally:
        os.close(lock)


def _live(name: str, places: Places, pid: int, requests: socket.socket, ready: int, *, nested: bool) -> None:
    """What only the agent needs is loaded now, so that the zygote and every pid 1 are without it."""
    import asyncio

    from longshore.engine.native.agent.live import live
    from longshore.engine.native.agent.zygote import Zygote

    asyncio.run(live(name, places, Zygote(pid, requests), lambda: _say(ready, READY), nested=nested))


def _lock(project: ProjectPlaces) -> int:
    """Hold the project's lock for as long as we live; -1 when another agent has it."""
    fd = os.open(project.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return -1
    os.ftruncate(fd, 0)
    os.write(fd, json.dumps({"pid": os.getpid(), "format": FORMAT, "boot": boot_id()}).encode())
    return fd


def _say(ready: int, text: str) -> None:
    with suppress(OSError):
        os.write(ready, text.encode())
        os.close(ready)


def _more_descriptors() -> None:
    """Each service needs about a dozen; the zygote was made before, so services keep the usual limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
