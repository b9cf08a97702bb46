"""Pid 1 of a container that asks for an init: hands signals on to the service's process, reaps orphans, and ends with
its exit code. It is the service's user, shows the service's environment and holds its streams, as Docker's init does.
It forks first and knows nothing of its own: its child reads the agent's order, and says who it is to be."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from longshore.model.codec import decode, encode
from longshore.model.record import record
from longshore.native.inside.order import Identity
from longshore.native.inside.process import Account, become
from longshore.native.kernel.appearance import appear
from longshore.native.kernel.capabilities import hold
from longshore.native.kernel.syscalls import close_from, set_dumpable

__all__ = ["Init", "Role", "stay_as_init"]

_TITLE = "init (shore)"
_TALK = 3


@record
class Role:
    """Who pid 1 is to be: what the service's process is, and what is seen of it."""

    account: Account
    identity: Identity
    capabilities: tuple[str, ...]
    environment: Mapping[str, str]
    seccomp: bool
    pretends: bool
    gains: bool
    always: bool


class Init:
    """The child's side of it."""

    def __init__(self, talk: socket.socket) -> None:
        self._talk = talk

    def play(self, role: Role) -> None:
        """Return when pid 1 is who the service is; as an ordinary user it has made the user namespace of both."""
        with self._talk:
            self._talk.sendall(json.dumps(encode(role)).encode() + b"\n")
            said = self._talk.recv(4096)
        if said != b"1":
            raise OSError(0, said.decode() or "the init ended")


def stay_as_init(groups: Sequence[str], streams: Sequence[int]) -> Init:
    """Stay behind as pid 1, with these standard streams; only the child returns. Pid 1 enters the control groups at
    once, beside its child's preparations: the kernel may take ten milliseconds for that, but hardly any for the child,
    which follows at their end and says what went wrong."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child:
        _hold(streams, ours)
        with suppress(OSError):
            for path in groups:
                Path(path).write_text("0", encoding="ascii")
        _watch_over(child)
    ours.close()
    return Init(theirs)


def _hold(streams: Sequence[int], talk: socket.socket) -> None:
    """Nothing but the standard streams, and `talk` as _TALK: the agent's sockets end with the child's share in them."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    if talk.fileno() != _TALK:
        os.dup2(talk.fileno(), _TALK)
        talk.detach()
    close_from(_TALK + 1)


def _watch_over(child: int) -> NoReturn:
    """Be who the child says, and serve it from then on."""
    with socket.socket(fileno=_TALK) as talk, talk.makefile("rb") as said:
        line = said.readline()
        if line:
            try:
                _play(decode(Role, json.loads(line)))
                talk.send(b"1")
            except Exception as error:
                talk.send((str(error) or type(error).__name__).encode())
    os._exit(_serve(child))


def _play(role: Role) -> None:
    """Give up all that the service does not have. From then on there is nothing in here that it may not see."""
    become(
        role.account, role.identity, role.capabilities,
        seccomp=role.seccomp, pretends=role.pretends, gains=role.gains, always=role.always,
    )  # fmt: skip
    if role.account.uid:
        hold(frozenset())  # the program loses them as it is executed; who keeps them cannot be looked into
    appear("init", (_TITLE,), role.environment)
    set_dumpable(True)


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
        except (ProcessLookupError, PermissionError):  # it may have become somebody else
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
