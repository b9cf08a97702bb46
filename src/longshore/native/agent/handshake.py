"""What the agent and the command that made it say to each other by the agent's standard streams: the command its word
to go, the agent that it is ready, or why not."""

from __future__ import annotations

import fcntl
import json
import os
import signal
from contextlib import suppress

from longshore.native.shared.places import ProjectPlaces
from longshore.native.shared.records import FORMAT
from longshore.native.shared.roots import OPENS_AGAIN
from longshore.state.boot import boot_id
from longshore.state.folders import make_private

__all__ = ["LOCKED", "READY", "Talk"]

READY, LOCKED = "ready", "locked"


class Talk:
    """Until `take_over` the standard streams are the talk; after it they are the null device and the project's log."""

    def __init__(self) -> None:
        self._answer = 1
        self._lock = -1

    def wanted(self) -> bool:
        """Wait for the word to go; False when the command left without it."""
        return os.read(0, 1) == b"g"

    def take_over(self, project: ProjectPlaces) -> bool:
        """Hold the project's lock for as long as we live; False when another agent has it."""
        make_private(project.directory.parent)
        make_private(project.directory)
        self._answer = os.dup(1)
        self._lock = os.open(project.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.ftruncate(self._lock, 0)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)  # who reads the lock may ask for a socket that is not there yet
        told = {"pid": os.getpid(), "format": FORMAT, "boot": boot_id(), OPENS_AGAIN: True}
        os.write(self._lock, json.dumps(told).encode())
        log = os.open(project.agent_log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        for ours, standard in ((null, 0), (log, 1), (log, 2)):
            os.dup2(ours, standard)
        os.close(null)
        os.close(log)
        return True

    def say(self, text: str) -> None:
        """The answer; the first one counts."""
        answer, self._answer = self._answer, -1
        if answer >= 0:
            with suppress(OSError):
                os.write(answer, text.encode())
                os.close(answer)
