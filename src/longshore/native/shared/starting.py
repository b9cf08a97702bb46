"""Beginning a container or a command in one, from outside: tell its first process what to be, hear that it is ready for
that, let it go on, and wait for its end (the other side: inside/start.py and inside/attach.py)."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from contextlib import suppress
from pathlib import Path

from longshore.native.shared.readable import readable

__all__ = ["CannotStart", "exit_code", "go", "hear", "order_and_answer", "pid_of", "tell", "wait_for_exit"]


class CannotStart(Exception):
    """`str()` says what went wrong; `code` is the exit code that stands for it: 126 or 127 when the program cannot be
    executed, 125 for all else."""

    def __init__(self, what: str, code: int = 125) -> None:
        super().__init__(what)
        self.code = code


async def wait_for_exit(pidfd: int) -> int:
    """The exit code of our own child behind `pidfd`; 128 + n when signal n ended it."""
    await readable(pidfd)
    return exit_code(pidfd)


def exit_code(pidfd: int) -> int:
    """As `wait_for_exit`, for one that has ended."""
    found = os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
    if found is None:
        return 0
    return found.si_status if found.si_code == os.CLD_EXITED else 128 + found.si_status


def pid_of(pidfd: int) -> int:
    """What the process behind `pidfd` is called in our own pid namespace. Raises OSError when it is gone."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text(encoding="ascii").splitlines():
        if line.startswith("Pid:") and (pid := int(line.split()[1])) > 0:
            return pid
    raise ProcessLookupError("the process has ended")


async def tell(control: socket.socket, order: str) -> list[int]:
    """Give a container's first process its order (JSON, one line): the descriptors that it hands over when it is ready
    for its program. Raises CannotStart."""
    with suppress(BrokenPipeError, ConnectionResetError):
        await asyncio.get_running_loop().sock_sendall(control, f"{order}\n".encode())
    answer, descriptors = await hear(control, one_line=True)
    if "failed" in answer or not answer:
        for descriptor in descriptors:
            os.close(descriptor)
        raise _cannot(answer or {"failed": "the first process was killed"})
    return descriptors


async def go(control: socket.socket) -> list[int]:
    """Let it execute its program; the descriptors that it hands over last. Raises CannotStart when it cannot."""
    with suppress(OSError):
        control.send(b"g")
    answer, descriptors = await hear(control)
    if "failed" in answer:
        for descriptor in descriptors:
            os.close(descriptor)
        raise _cannot(answer)
    return descriptors


def _cannot(answer: dict[str, object]) -> CannotStart:
    return CannotStart(str(answer["failed"]), int(str(answer.get("code", 125))))


async def order_and_answer(control: socket.socket, order: str) -> tuple[dict[str, object], list[int]]:
    """Send an order (JSON), say that it was all, and read what comes back until the other side lets go, which it does
    when its program runs: (all answers in one, the descriptors that came along)."""
    loop = asyncio.get_running_loop()
    with suppress(BrokenPipeError, ConnectionResetError):
        await loop.sock_sendall(control, order.encode())
        control.shutdown(socket.SHUT_WR)
    return await hear(control)


async def hear(control: socket.socket, *, one_line: bool = False) -> tuple[dict[str, object], list[int]]:
    """What a process that is about to run a program says, all answers in one, and the descriptors that came along:
    until it lets go of the socket, or of its first line. Nothing when it is dead."""
    text, descriptors = b"", list[int]()
    while not (one_line and text.endswith(b"\n")):
        await readable(control.fileno())
        try:
            data, received, _, _ = socket.recv_fds(control, 1 << 16, 8)
        except ConnectionResetError:
            break
        if not data:
            break
        text += data
        descriptors += received
    answer: dict[str, object] = {}
    for line in text.splitlines():
        answer |= json.loads(line)
    return answer, descriptors
