"""A container's standard streams where nobody has given any: pipes to its log, and nothing to read."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

from longshore.native.agent.container.logs import Lines, LogWriter

__all__ = ["Output"]

_LAST_LINES = 0.5
"""Seconds to wait for the last lines of one that has ended: a process that it left behind may hold its pipe."""


class Output:
    """The streams of one container, from one start to the end of its process."""

    def __init__(self, log: LogWriter) -> None:
        self._log = log
        self._lines: list[Lines] = []
        self._stdin = -1
        self._terminal = -1

    @property
    def stdin(self) -> int:
        """What its standard input is written to, its terminal's master where it has one; -1 when it reads nothing."""
        return self._terminal if self._terminal >= 0 else self._stdin

    def streams(self, *, stdin_open: bool) -> list[int]:
        """New standard streams; the caller closes them once the process has them."""
        self._log.open()
        streams = []
        if stdin_open:
            read, self._stdin = os.pipe()
            streams.append(read)
        else:
            streams.append(os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC))
        for stream in ("o", "e"):
            read, write = os.pipe()
            self._lines.append(Lines(read, stream, self._log))
            streams.append(write)
        return streams

    def terminal(self, master: int) -> None:
        """What the container writes on its terminal goes to the log; `master` is closed with the rest."""
        self._log.open()
        self._lines.append(Lines(master, "o", self._log))
        self._terminal = master

    async def ended(self) -> None:
        """Return when the last lines are written."""
        for lines in self._lines:
            with suppress(TimeoutError):
                await asyncio.wait_for(lines.ended(), _LAST_LINES)

    def close(self) -> None:
        for lines in self._lines:
            lines.close()
        self._lines.clear()
        self._terminal = -1
        self._log.close()
        if self._stdin >= 0:
            os.close(self._stdin)
        self._stdin = -1
