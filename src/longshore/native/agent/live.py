"""The agent once its zygote is forked: network, the word to go, lock, project, socket. Nothing of the project is
touched before the word."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress

from longshore.native.agent.handshake import LOCKED, READY, Talk
from longshore.native.agent.network.hub import Hub
from longshore.native.agent.project import Project
from longshore.native.agent.server import Server
from longshore.native.shared.cgroups import available, warm_up_beside
from longshore.native.shared.places import Places, ProjectPlaces
from longshore.native.shared.removal import remove_tree
from longshore.native.shared.zygote import Zygote

__all__ = ["live"]


async def live(name: str, talk: Talk, zygote: Zygote, *, nested: bool, mapped: bool) -> None:
    """Be the agent of project `name` until there is nothing left to do."""
    _warm_up()
    hub = Hub()
    await hub.open()
    if not talk.wanted():
        os._exit(0)  # nobody needs this one; there is nothing to clear up
    places = Places.of()
    if not talk.take_over(places.project(name)):
        talk.say(LOCKED)
        hub.close()
        return
    _warm_up()  # the word may have come long after
    project = Project(name, places, zygote, hub, nested=nested, mapped=mapped)
    project.open()
    server = Server(project)
    server.listen(_listen(project.places))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, server.finished.set)
    loop.add_signal_handler(signal.SIGUSR1, _tell_tasks)
    loop.add_signal_handler(signal.SIGUSR2, _listen_again, server, project.places)
    talk.say(READY)
    await server.finished.wait()
    await project.close()
    if project.empty:
        remove_tree(project.places.directory)
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    with suppress(FileNotFoundError):
        project.places.socket.unlink()
    server.close()


def _warm_up() -> None:
    if available():
        warm_up_beside()


def _tell_tasks() -> None:
    """`kill -USR1` of the agent writes to its log what it is waiting for."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)
    sys.stderr.flush()


def _listen_again(server: Server, project: ProjectPlaces) -> None:
    """A command that knows of us found no socket: somebody removed it."""
    if project.socket.exists():
        return
    try:
        server.listen(_listen(project))
    except OSError as error:
        print(f"the socket cannot be opened again: {error.strerror}", file=sys.stderr, flush=True)


def _listen(project: ProjectPlaces) -> socket.socket:
    with suppress(FileNotFoundError):
        project.socket.unlink()
    directory = os.open(project.directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(f"/proc/self/fd/{directory}/{project.socket.name}")  # no path is too long that way
    finally:
        os.close(directory)
    project.socket.chmod(0o600)
    listener.listen(64)
    listener.setblocking(False)
    return listener
