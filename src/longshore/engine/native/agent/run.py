"""The agent's life: user namespace, zygote, modules, the word to go, lock, event loop. The order is binding: each step
needs the one before, and nothing of the project is touched before the word."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import resource
from contextlib import suppress

from longshore.engine.native.inside.zygote import fork_zygote
from longshore.engine.native.kernel.syscalls import close_from
from longshore.engine.native.kernel.userns import enter_user_namespace, is_root
from longshore.engine.native.places import Places, ProjectPlaces
from longshore.engine.native.records import FORMAT, boot_id

__all__ = ["LOCKED", "READY", "run"]

READY, LOCKED = "ready", "locked"


def run(name: str) -> None:
    close_from(3)
    nested = not is_root()
    try:
        if nested:
            enter_user_namespace()
        pid, requests = fork_zygote()
        # What only the agent needs is loaded now, so that the zygote and every pid 1 are without it.
        import asyncio

        from longshore.engine.native.agent.live import live
        from longshore.engine.native.agent.zygote import Zygote

        gc.enable()
        if os.read(0, 1) != b"g":
            os._exit(0)  # nobody wants this one; there is nothing to clear up
        places = Places.of()
        ready, lock = _take_over(places.project(name))
        if lock < 0:
            _say(ready, LOCKED)
            return
    except BaseException as error:
        _say(1, str(getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"))
        raise
    try:
        _more_descriptors()
        asyncio.run(live(name, places, Zygote(pid, requests), lambda: _say(ready, READY), nested=nested))
    except OSError as error:
        _say(ready, f"{error.strerror or error}")
        raise
    finally:
        os.close(lock)


def _take_over(project: ProjectPlaces) -> tuple[int, int]:
    """Hold the project's lock for as long as we live, and write to its log instead of to the command: (the descriptor
    that the command reads, the lock or -1 when another agent has it)."""
    project.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    project.directory.chmod(0o700)
    ready = os.dup(1)
    lock = os.open(project.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return ready, -1
    os.ftruncate(lock, 0)
    os.write(lock, json.dumps({"pid": os.getpid(), "format": FORMAT, "boot": boot_id()}).encode())
    log = os.open(project.agent_log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for ours, standard in ((null, 0), (log, 1), (log, 2)):
        os.dup2(ours, standard)
    os.close(null)
    os.close(log)
    return ready, lock


def _say(ready: int, text: str) -> None:
    with suppress(OSError):
        os.write(ready, text.encode())
        os.close(ready)


def _more_descriptors() -> None:
    """Each service needs about a dozen; the zygote was made before, so services keep the usual limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
