"""A command in a running container: enter its namespaces, fork into its pid namespace, become the user, exec. The
process that stays outside ends with the command's exit code."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

from longshore.model.codec import decode
from longshore.native.inside.order import ExecOrder
from longshore.native.inside.process import account_of, become, close_others, execute, reset_signals
from longshore.native.inside.steps import StepFailed, step
from longshore.native.inside.terminal import open_terminal, use_terminal
from longshore.native.kernel.syscalls import death_signal, setns

__all__ = ["run"]


def run(control: socket.socket, streams: tuple[int, ...], enter: Sequence[int], user_namespace: int = -1) -> None:
    """Never returns. `enter` are its namespaces; a terminal's master goes back by `control`."""
    order = decode(ExecOrder, json.loads(_read_all(control)))
    try:
        code = _enter(order, control, streams, enter, user_namespace)
    except StepFailed as error:
        _tell(control, str(error))
        code = error.code
    os._exit(code)


def _read_all(control: socket.socket) -> bytes:
    """What the other side sends until it says that this was all."""
    parts = []
    while chunk := control.recv(1 << 16):
        parts.append(chunk)
    return b"".join(parts)


def _tell(control: socket.socket, failed: str) -> None:
    control.send(json.dumps({"failed": failed}).encode() + b"\n")


def _enter(
    order: ExecOrder, control: socket.socket, streams: tuple[int, ...], enter: Sequence[int], user_namespace: int
) -> int:
    with step("enter the container"):
        for path in order.groups:
            Path(path).write_text("0", encoding="ascii")
        for namespace in enter:
            setns(namespace)
            os.close(namespace)
    terminal = ""
    masters: list[int] = []
    if order.tty:
        with step("open a terminal"):
            master, terminal = open_terminal()
        masters.append(master)
    told_read, told_write = os.pipe()
    child = os.fork()
    if child == 0:
        _child(order, streams, terminal, user_namespace, told_write)
    os.close(told_write)
    for stream in streams:
        os.close(stream)
    said = os.read(told_read, 4096).decode(errors="replace")
    answer = {"failed": said} if said else {"ready": True}
    socket.send_fds(control, [json.dumps(answer).encode() + b"\n"], masters)
    control.close()
    for master in masters:
        os.close(master)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def _child(order: ExecOrder, streams: tuple[int, ...], terminal: str, user_namespace: int, told: int) -> None:
    """The command's process; what fails before exec goes to `told`."""
    code = 125
    try:
        death_signal()
        reset_signals()
        os.umask(0o022)
        os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        if terminal:
            use_terminal(terminal)
        account = account_of(order.identity)
        environment = dict(order.environment)
        if not environment.get("HOME"):
            environment["HOME"] = account.home
        become(
            account,
            order.identity,
            order.capabilities,
            seccomp=order.seccomp,
            join=user_namespace,
            pretends=order.pretends,
        )
        death_signal()  # a change of user has cleared it
        close_others(told)
        told = 3
        execute(order.argv, environment, order.working_dir)
    except StepFailed as error:
        code = error.code
        os.write(told, str(error).encode())
    except BaseException as error:
        os.write(told, f"{type(error).__name__}: {error}".encode())
    os._exit(code)
