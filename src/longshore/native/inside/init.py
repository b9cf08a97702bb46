"""Pid 1 of a container: hands signals on to the service's process, reaps orphans, and ends with its exit code. It forks
first and does nothing else, so that it is small and knows nothing: the order of the agent is read by its child."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from longshore.native.kernel.syscalls import close_from, prctl, set_dumpable

__all__ = ["Init", "stay_as_init"]

_PR_SET_NAME = 15
_TITLE = b"init (shore)"


class Init:
    """The child's side of it."""

    def __init__(self, go: int, closed: int) -> None:
        self._go, self._closed = go, closed

    def go(self) -> None:
        """The agent has what it needs of pid 1: its order came."""
        os.close(self._go)

    def closed(self) -> None:
        """Return when pid 1 is shut off from being looked into."""
        os.read(self._closed, 1)


def stay_as_init(groups: Sequence[str]) -> Init:
    """Stay behind as pid 1; only the child returns. Pid 1 enters the control groups at once, beside its child's
    preparations: the kernel may take ten milliseconds for that, but hardly any for the child, which follows at their
    end and says what went wrong."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    go_read, go_write = os.pipe()
    closed_read, closed_write = os.pipe()
    child = os.fork()
    if child:
        os.close(go_write)
        with suppress(OSError):
            for path in groups:
                Path(path).write_text("0", encoding="ascii")
        _watch_over(child, go_read, closed_write)
    os.close(go_read)
    os.close(closed_write)
    return Init(go_write, closed_read)


def _watch_over(child: int, go: int, closed: int) -> NoReturn:
    """Wait on `go`, say on `closed` that nobody can look in any more, and serve `child` from then on."""
    os.read(go, 1)
    _rename()
    set_dumpable(False)
    os.write(closed, b"1")
    _let_go()
    os._exit(_serve(child))


def _rename() -> None:
    """Be called "init" inside; the agent's own command line is nobody's business there. proc(5): arg_start, arg_end."""
    name = ctypes.create_string_buffer(b"init")
    prctl(_PR_SET_NAME, ctypes.addressof(name))
    fields = Path("/proc/thread-self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    if start and end - start > len(_TITLE):
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, _TITLE, len(_TITLE))


def _let_go() -> None:
    """Hold no descriptor but the null device, so that the service's pipes end with the service."""
    null = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    close_from(3)


def _serve(child: int) -> int:
    """Wait for signals (all are blocked): of children, reap; any other goes to the service. Returns its exit code."""
    wanted = signal.valid_signals()
    while True:
        number = signal.sigwait(wanted)
        if number == signal.SIGCHLD:
            code = _reap(child)
            if code is not None:
                return code
            continue
        try:
            os.kill(child, number)
        except ProcessLookupError:
            continue


def _reap(child: int) -> int | None:
    """Collect all that have ended; the exit code of `child` if it is among them (128 + n when signal n ended it)."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid == 0:
            return None
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
