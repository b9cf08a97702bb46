"""Logs of several containers as one stream of lines; following survives a container's restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError
from longshore.docker.api.frames import Demultiplexer, LineJoiner, Stream
from longshore.docker.project.observe import moment
from longshore.engine.base import LogOptions
from longshore.model.record import replace
from longshore.state.events import LogLine
from longshore.state.observed import Container

__all__ = ["logs"]

AGAIN_SECONDS = 0.2
"""How often a container that is being restarted is looked at."""

Item = LogLine | Exception | None


async def logs(api: Api, containers: Sequence[Container], options: LogOptions) -> AsyncIterator[LogLine]:
    """Lines of all `containers`. Without `follow` in order of time; with it as they come, until all have ended."""
    queue: asyncio.Queue[Item] = asyncio.Queue(maxsize=10_000)
    tasks = [asyncio.create_task(_pump(api, container, options, queue)) for container in containers]
    source = _live(queue, len(tasks)) if options.follow else _sorted(queue, len(tasks))
    try:
        async for line in source:
            yield line
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _live(queue: asyncio.Queue[Item], open_ends: int) -> AsyncIterator[LogLine]:
    while open_ends:
        item = await queue.get()
        if isinstance(item, Exception):
            raise item
        if item is None:
            open_ends -= 1
        else:
            yield item


async def _sorted(queue: asyncio.Queue[Item], open_ends: int) -> AsyncIterator[LogLine]:
    found = [line async for line in _live(queue, open_ends)]
    for line in sorted(found, key=lambda line: line.time):
        yield line


async def _pump(api: Api, container: Container, options: LogOptions, queue: asyncio.Queue[Item]) -> None:
    """One container's lines into the queue; None at its end, an error when the engine fails."""
    try:
        last = 0.0
        while True:
            async for line in _once(api, container, options):
                last = line.time
                await queue.put(line)
            if not options.follow or not await _comes_back(api, container):
                break
            options = replace(options, tail=None, since=max(last, options.since or 0.0) + 1e-6)
    except Exception as error:  # whatever it is, it is raised where the lines are read
        if not _no_lines(error):
            await queue.put(error)
    await queue.put(None)


def _no_lines(error: Exception) -> bool:
    """Whether there is nothing to be read, which is no failure: the container is gone, or its driver keeps nothing."""
    if not isinstance(error, ApiError):
        return False
    return error.status == 404 or "does not support reading" in error.what


async def _once(api: Api, container: Container, options: LogOptions) -> AsyncIterator[LogLine]:
    query: dict[str, Any] = {
        "stdout": True, "stderr": True, "timestamps": True, "follow": options.follow,
        "tail": "all" if options.tail is None else options.tail,
        "since": _seconds(options.since), "until": _seconds(options.until),
    }  # fmt: skip
    frames, lines = Demultiplexer(tty=container.tty), LineJoiner()
    async with await api.stream("GET", f"/containers/{container.id}/logs", query=query) as reply:
        async for chunk in reply.chunks():
            for stream, frame in frames.feed(chunk):
                for found in lines.feed(stream, frame):
                    yield _line(container, *found)
    for found in lines.rest():
        yield _line(container, *found)


def _line(container: Container, stream: Stream, stamp: str, text: str) -> LogLine:
    try:
        time = moment(stamp)
    except ValueError:
        time = 0.0
    return LogLine(container.service, container.name, text, time, stream)


def _seconds(moment_: float | None) -> str | None:
    return None if moment_ is None else f"{moment_:.9f}"


async def _comes_back(api: Api, container: Container) -> bool:
    """Whether the container runs, waiting while the engine is about to restart it."""
    while True:
        found = await api.find(f"/containers/{container.id}/json")
        if found is None or not found["State"].get("Restarting"):
            return bool(found and found["State"].get("Running"))
        await asyncio.sleep(AGAIN_SECONDS)
