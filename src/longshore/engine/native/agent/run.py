"""The agent's life: lock, user namespace, zygote, event loop. The order is binding: each step needs the one before."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import resource
import signal
import socket
import sys
from contextlib import suppress

from longshore.engine.native.agent.project import Project
from longshore.engine.native.agent.server import Server
from longshore.engine.native.kernel.userns import enter_user_namespace, is_root
from longshore.engine.native.places import Places, ProjectPlaces
from longshore.engine.native.records import FORMAT, boot_id
from longshore.engine.native.volumes import remove_tree
from longshore.engine.native.zygote import Zygote

__all__ = ["LOCKED", "READY", "run", "socket_name"]

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
        zygote = Zygote()
        _more_descriptors()
        asyncio.run(_live(name, places, zygote, ready, lock, nested=nested))
    except OSError as error:
        _say(ready, f"{error.strerror or error}")
        raise


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


def socket_name(project: ProjectPlaces, directory: int) -> str:
    """The socket's path by way of a descriptor of its directory: no path is too long that way."""
    return f"/proc/self/fd/{directory}/{project.socket.name}"


async def _live(name: str, places: Places, zygote: Zygote, ready: int, lock: int, *, nested: bool) -> None:
    project = Project(name, places, zygote, nested=nested)
    await project.open()
    server = Server(project)
    listener = _listen(project.places)
    server.listen(listener)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, server.finished.set)
    loop.add_signal_handler(signal.SIGUSR1, _tell_tasks)
    _say(ready, READY)
    await server.finished.wait()
    await project.close()
    if project.empty:
        remove_tree(project.places.directory)
    with suppress(FileNotFoundError):
        project.places.socket.unlink()
    listener.close()
    os.close(lock)
    sys.stdout.flush()


def _tell_tasks() -> None:
    """`kill -USR1` of the agent writes to its log what it is waiting for."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)
    sys.stderr.flush()


def _listen(project: ProjectPlaces) -> socket.socket:
    with suppress(FileNotFoundError):
        project.socket.unlink()
    directory = os.open(project.directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(socket_name(project, directory))
    finally:
        os.close(directory)
    project.socket.chmod(0o600)
    listener.listen(64)
    listener.setblocking(False)
    return listener
