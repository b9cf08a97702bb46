"""Commands in running containers: for `exec`, for health probes and for hooks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress

from longshore.engine.uninterrupted import whole
from longshore.model.codec import encode
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.native.agent.container.namespaces import Namespaces
from longshore.native.agent.tasks import Tasks
from longshore.native.inside.order import ExecOrder, Identity
from longshore.native.shared.spec import ContainerSpec
from longshore.native.shared.starting import order_and_answer, wait_for_exit
from longshore.native.shared.zygote import Zygote

__all__ = ["Command", "Wanted", "captured", "exec_order"]

_MOST_OUTPUT = 4096


@record
class Wanted:
    """A command that somebody wants to run in a container; what is empty is as for the service itself,
    a variable that is None is none of it."""

    argv: tuple[str, ...]
    user: str = ""
    working_dir: str = ""
    environment: Mapping[str, str | None] = EMPTY
    tty: bool = False


def exec_order(
    spec: ContainerSpec, wanted: Wanted, groups: tuple[str, ...], *, nested: bool, became: str = ""
) -> ExecOrder:
    """`became` is who the service's process is in the place of the spec's user."""
    merged = {**spec.environment, **wanted.environment}
    environment = {name: value for name, value in merged.items() if value is not None}
    if wanted.tty:
        environment.setdefault("TERM", "xterm")
    return ExecOrder(
        argv=wanted.argv,
        environment=environment,
        working_dir=wanted.working_dir or spec.working_dir,
        identity=Identity(wanted.user or spec.user, spec.groups, nested),
        capabilities=spec.capabilities,
        seccomp=spec.seccomp,
        tty=wanted.tty,
        service_user=became or spec.user,
        pretends=nested,
        groups=groups,
    )


@record(frozen=False)
class Command:
    """One command in a running container. `terminal` is its terminal's master once `start` returned."""

    zygote: Zygote
    order: ExecOrder
    namespaces: Namespaces
    terminal: int = -1
    _pidfd: int = -1

    async def start(self, streams: Sequence[int]) -> None:
        """Start it with these standard streams (none when it gets a terminal). Raises ShoreError when it cannot."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with ours:
            try:
                with theirs:
                    await whole(self._clone(theirs, streams))
                answer, descriptors = await order_and_answer(ours, json.dumps(encode(self.order)))
            except BaseException:
                self._abandon()
                raise
            self.terminal = descriptors[0] if descriptors else -1
        if "failed" in answer or not answer:
            raise _Failed(str(answer.get("failed", "the command ended at once")), await self.wait())

    async def _clone(self, control: socket.socket, streams: Sequence[int]) -> None:
        try:
            self._pidfd = await self.zygote.command(control.fileno(), streams, self.namespaces.to_enter, self._user)
        except OSError as error:
            raise ShoreError(f"cannot start a command: {error.strerror}") from error

    @property
    def _user(self) -> int:
        """The service's own user namespace, for a command of the service's user."""
        same = self.order.service_user == self.order.identity.user
        return self.namespaces.user if same else -1

    async def wait(self) -> int:
        """The exit code. When cancelled the command is killed."""
        try:
            code = await wait_for_exit(self._pidfd)
        except BaseException:
            self._abandon()
            raise
        self.close()
        return code

    def _abandon(self) -> None:
        """Kill it, and let it be collected when it has ended."""
        pidfd, self._pidfd = self._pidfd, -1
        self.close()
        if pidfd < 0:
            return
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        _COLLECTING.begin(_collect_dead(pidfd))

    def close(self) -> None:
        for fd in (self._pidfd, self.terminal):
            if fd >= 0:
                os.close(fd)
        self._pidfd = self.terminal = -1


class _Failed(ShoreError):
    def __init__(self, what: str, code: int) -> None:
        super().__init__(what)
        self.exit_code = code


_COLLECTING = Tasks()


async def _collect_dead(pidfd: int) -> None:
    try:
        with suppress(ChildProcessError):  # it was collected with all of the project
            await wait_for_exit(pidfd)
    finally:
        os.close(pidfd)


async def captured(command: Command, timeout: float) -> tuple[int, str]:
    """Run `command` with nothing to read; (exit code, at most 4 kB of its output). -1 when it ran out of time."""
    null = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    read, write = os.pipe()
    output = _Output(read)
    try:
        try:
            await command.start([null, write, write])
        except _Failed as error:
            return error.exit_code, str(error)
        finally:
            os.close(null)
            os.close(write)
        try:
            code = await asyncio.wait_for(command.wait(), timeout)
        except TimeoutError:
            return -1, output.text or f"no answer within {timeout:g} s"
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(output.ended), 0.05)
        return code, output.text
    finally:
        output.close()


class _Output:
    """The first 4 kB of what comes by a pipe. Closing it is one step: a descriptor's number may be another's at once,
    so no reader may be left on it."""

    def __init__(self, fd: int) -> None:
        self._fd, self._data = fd, bytearray()
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        os.set_blocking(fd, False)
        self._loop.add_reader(fd, self._readable)

    @property
    def text(self) -> str:
        return bytes(self._data).decode("utf-8", "replace").strip()

    def close(self) -> None:
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return
        self._data.extend(data[: max(0, _MOST_OUTPUT - len(self._data))])
        if not data:
            self._loop.remove_reader(self._fd)
            if not self.ended.done():
                self.ended.set_result(None)
