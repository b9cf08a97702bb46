"""Running a helper program (apt, dpkg-deb, tar, pip): quietly, in its own session, and never longer than we live."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from longshore.model.record import record

__all__ = ["Finished", "die_with_parent", "lines_of", "run"]

PR_SET_PDEATHSIG = 1
KEPT_LINES = 200
_libc = ctypes.CDLL(None, use_errno=True)


@record
class Finished:
    """How a program ended: its exit code (negative: the signal) and the last lines that it wrote."""

    code: int
    lines: tuple[str, ...]

    @property
    def output(self) -> str:
        return "\n".join(self.lines)


def die_with_parent() -> None:
    """In the child, before exec: be killed when the thread that made us ends (PR_SET_PDEATHSIG, prctl(2))."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


async def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    on_line: Callable[[str], None] | None = None,
    pass_fds: Sequence[int] = (),
    keep: int = KEPT_LINES,
) -> Finished:
    """Run `argv` to its end; standard output and error are one stream of lines. Cancelled: the program's whole
    session is killed before the cancellation goes on. Raises OSError when it cannot be started."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,
        pass_fds=pass_fds,
        limit=1 << 20,
    )
    lines = _Lines(keep, on_line)
    try:
        if stdin is not None and process.stdin is not None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(stdin)
                await process.stdin.drain()
            process.stdin.close()
        assert process.stdout is not None
        await _read_lines(process.stdout, lines)
        code = await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Finished(code, lines.kept)


async def lines_of(pipe: IO[bytes], on_line: Callable[[str], None] | None = None) -> tuple[str, ...]:
    """The last lines of what comes by `pipe`, which `on_line` is told of, until nobody can write to it any more."""
    lines = _Lines(KEPT_LINES, on_line)
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), pipe
    )
    try:
        await _read_lines(stream, lines)
    finally:
        transport.close()
    return lines.kept


class _Lines:
    """The last `keep` lines; `on_line` is told of each."""

    def __init__(self, keep: int, on_line: Callable[[str], None] | None) -> None:
        self._last: deque[str] = deque(maxlen=keep)
        self._on_line = on_line

    def __call__(self, line: str) -> None:
        self._last.append(line)
        if self._on_line is not None:
            self._on_line(line)

    @property
    def kept(self) -> tuple[str, ...]:
        return tuple(self._last)


async def _read_lines(stream: asyncio.StreamReader, take: Callable[[str], None]) -> None:
    """Lines as a terminal would leave them: what a carriage return overwrote is dropped, and so are colours' escapes'
    broken bytes. A line longer than the buffer comes in pieces rather than as an error."""
    rest = b""
    while chunk := await stream.read(1 << 16):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            take(_text(line))
    if rest:
        take(_text(rest))


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode(errors="replace")
