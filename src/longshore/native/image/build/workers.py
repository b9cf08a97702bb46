"""The process that clones the containers of RUN steps: one for all of a command, made when the first step wants it and
let go when none has wanted it for a while. It ends with us, whatever becomes of us."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from longshore.native.shared.package import SOURCE
from longshore.native.shared.zygote import Zygote

__all__ = ["worker"]

_IDLE = 2.0
"""Seconds after which one that nobody wants is let go."""
_LOWEST = 10


class _Shared:
    """What the steps of this process share. `wanted` counts how often it was wanted, `users` those who have it now."""

    def __init__(self) -> None:
        self.zygote: Zygote | None = None
        self.users = self.wanted = 0

    def take(self) -> Zygote:
        if self.zygote and self.zygote.ended:
            self.zygote.close()
            self.zygote = None
        self.zygote = self.zygote or _spawn()
        self.users += 1
        self.wanted += 1
        return self.zygote

    def give_back(self) -> None:
        self.users -= 1
        asyncio.get_running_loop().call_later(_IDLE, self._let_go, self.wanted)

    def _let_go(self, wanted: int) -> None:
        """Nobody has wanted it since it was for the `wanted`th time."""
        if self.zygote and not self.users and wanted == self.wanted:
            self.zygote.close()
            self.zygote = None


_shared = _Shared()


@contextmanager
def worker() -> Iterator[Zygote]:
    """The zygote, for the time of one step. Raises OSError when none can be made."""
    zygote = _shared.take()
    try:
        yield zygote
    finally:
        _shared.give_back()


def _spawn() -> Zygote:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    life, lifeline = os.pipe()
    high = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _LOWEST) for number in (theirs.fileno(), life)]
    null = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
    try:
        maker = os.posix_spawn(
            sys.executable,
            [sys.executable, "-S", "-P", "-m", "longshore.native.inside"],
            {"PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8"},
            file_actions=[*null, *((os.POSIX_SPAWN_DUP2, number, 3 + place) for place, number in enumerate(high))],
        )
    except OSError:
        ours.close()
        os.close(lifeline)
        raise
    finally:
        theirs.close()
        for number in (life, *high):
            os.close(number)
    return Zygote(ours, maker, lifeline)
