"""Reading logs: the files that the agent writes, then what it says as it happens. Works with no agent too."""

from __future__ import annotations

import heapq
import json
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Literal

from longshore.engine.base import LogOptions
from longshore.native.command.client import AgentClient
from longshore.native.shared.logfiles import log_files
from longshore.native.shared.requests import Logs
from longshore.state.events import LogLine
from longshore.state.observed import Container

__all__ = ["read_logs"]

_STREAMS: dict[str, Literal["stdout", "stderr"]] = {"o": "stdout", "e": "stderr"}


async def read_logs(
    directory: Path, containers: Sequence[Container], options: LogOptions, agent: AgentClient | None
) -> AsyncIterator[LogLine]:
    """Lines of all `containers` in the order of time. With an agent: what it says from before the files are read is
    kept, so that no line is lost or told twice between the two."""
    live = agent.stream(Logs(tuple(container.name for container in containers))) if agent else None
    if live:
        await anext(live)
    seen: dict[str, int] = {}
    histories = [_history(directory, container, options, seen) for container in containers]
    for line in heapq.merge(*histories, key=lambda line: line.time):
        yield line
    if live:
        async for service, name, when, number, stream, text in live:
            if number > seen.get(name, 0):
                yield LogLine(service, name, text, when, _STREAMS[stream])


def _history(directory: Path, container: Container, options: LogOptions, seen: dict[str, int]) -> Iterator[LogLine]:
    """The kept lines of one container; the number of the last is left in `seen`."""
    entries: Iterator[dict[str, Any]] | deque[dict[str, Any]] = _entries(directory, container, options, seen)
    if options.tail is not None:
        entries = deque(entries, maxlen=options.tail)
    for entry in entries:
        yield LogLine(container.service, container.name, entry["l"], entry["t"], _STREAMS[entry["s"]])


def _entries(
    directory: Path, container: Container, options: LogOptions, seen: dict[str, int]
) -> Iterator[dict[str, Any]]:
    """A container that replaced another writes on in its log; what that one wrote is not shown."""
    name, since = container.name, max(options.since or 0.0, container.created)
    with ExitStack() as undo:
        for file in _opened(directory, name, undo):
            for line in file:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # the last line of an agent that was killed
                seen[name] = max(seen.get(name, 0), entry["n"])
                if entry["t"] < since:
                    continue
                if options.until is not None and entry["t"] > options.until:
                    return
                yield entry


def _opened(directory: Path, name: str, undo: ExitStack) -> list[IO[str]]:
    """The files of a log, all open before the first is read: the agent renames them meanwhile, and for a moment there
    is none that is being written."""
    while True:
        with ExitStack() as opened:
            try:
                files: list[IO[str]] = [
                    opened.enter_context(open(path, encoding="utf-8")) for path in log_files(directory, name)
                ]
                same = [path.stat().st_ino for path in log_files(directory, name)]
            except FileNotFoundError:
                continue
            if same == [os.fstat(file.fileno()).st_ino for file in files]:  # else one was renamed meanwhile
                undo.push(opened.pop_all())
                return files
