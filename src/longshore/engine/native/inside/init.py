"""Pid 1 of a container: starts the service's process, hands signals on, reaps orphans, and ends with its exit code."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from longshore.engine.native.inside.process import close_others
from longshore.engine.native.inside.steps import StepFailed
from longshore.engine.native.kernel.syscalls import close_from, set_dumpable

__all__ = ["watch_over"]


def watch_over(main: Callable[[], None], report: Callable[[StepFailed | None], None]) -> None:
    """Fork; the child calls `main`, which must exec. `report` hears of success or of the failing step. Never ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    go_read, go_write = os.pipe()
    told_read, told_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go_write)
        os.read(go_read, 1)
        close_others(told_write)
        _child(main, 3)
    os.close(go_read)
    os.close(told_write)
    set_dumpable(False)
    os.close(go_write)
    failure = _failure(told_read)
    os.close(told_read)
    report(failure)
    if failure:
        os._exit(failure.code)
    _let_go()
    os._exit(_reap(child))


def _child(main: Callable[[], None], told: int) -> None:
    try:
        main()
    except StepFailed as error:
        os.write(told, f"{error.code}\n{error}".encode())
    except BaseException as error:
        os.write(told, f"125\n{type(error).__name__}: {error}".encode())
    os._exit(125)


def _failure(told: int) -> StepFailed | None:
    """None when exec closed the pipe with nothing said."""
    text = b""
    while chunk := os.read(told, 4096):
        text += chunk
    if not text:
        return None
    code, _, what = text.decode(errors="replace").partition("\n")
    return StepFailed(what, int(code))


def _let_go() -> None:
    """Hold no descriptor but the null device, so that the service's pipes end with the service."""
    null = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    close_from(3)


def _reap(child: int) -> int:
    """Wait for signals: of children, reap; any other goes to the service. Returns its exit code."""
    wanted = signal.valid_signals()
    while True:
        number = signal.sigwait(wanted)
        if number != signal.SIGCHLD:
            try:
                os.kill(child, number)
            except ProcessLookupError:
                continue
            continue
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
