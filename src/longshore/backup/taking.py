"""The flow of `backup`: every part into a folder of this user alone, the manifest, one snapshot of it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from longshore import __version__
from longshore.backup.hands import Hands
from longshore.backup.manifest import Content, Manifest, write_manifest
from longshore.backup.onengine import OnEngine
from longshore.backup.parts import Part
from longshore.backup.repository import Repository
from longshore.backup.servers.files import Files
from longshore.backup.servers.kind import Kind
from longshore.backup.servers.mariadb import MariaDB
from longshore.backup.servers.mongo import Mongo
from longshore.backup.servers.postgres import Postgres
from longshore.backup.servers.redis import Redis
from longshore.backup.settings import settings_of
from longshore.flow.home import Where, chosen
from longshore.flow.lock import project_lock
from longshore.model.record import record
from longshore.model.stack import Stack
from longshore.state.folders import STATE, folder, make_private

__all__ = ["KINDS", "Taken", "count_parts", "hands_on", "keep_parts", "scratch", "take", "untold"]

KINDS: Mapping[str, type[Kind]] = {
    "postgres": Postgres, "redis": Redis, "mariadb": MariaDB, "mongo": Mongo, "files": Files,
}  # fmt: skip

Told = Callable[[Content, float], None]
"""Hears each part when it is done, and how many seconds it took."""


@record
class Taken:
    """A snapshot that was made: `added` are the bytes that the repository did not have yet."""

    snapshot: str
    manifest: Manifest
    added: int


@asynccontextmanager
async def hands_on(where: Where, stack: Stack, what: str, through: Repository | None = None) -> AsyncIterator[Hands]:
    """The stack on the engine that has it, with nobody else's backup or restore beside. `through`: the stack is on a
    Swarm, and data goes this way between its nodes and here."""
    async with contextlib.AsyncExitStack() as held:
        await held.enter_async_context(project_lock(f"{stack.name}.backup", what, where.environ, where.say))
        if through is None:
            yield OnEngine(where, stack, await held.enter_async_context(chosen(where, stack)))
        else:
            from longshore.backup.onswarm import on_swarm  # costs time, and most backups need it not

            yield await held.enter_async_context(on_swarm(where, stack, what, through, settings_of(stack).image))


@asynccontextmanager
async def scratch(where: Where, project: str, what: str = "backup") -> AsyncIterator[Path]:
    """A folder of this user alone for data on its way; what a killed run of the same kind has left goes first."""
    root = Path(folder(where.environ, STATE), ".backup")
    make_private(root.parent)
    make_private(root)
    prefix = f"{what}~{project}~"
    for left in root.glob(f"{prefix}*"):  # the lock says that nobody is at work there
        shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def take(
    hands: Hands, parts: tuple[Part, ...], repository: Repository, tags: tuple[str, ...], told: Told
) -> Taken:
    """Make a snapshot of the parts. Raises ShoreError: then none was made."""
    async with scratch(hands.where, hands.stack.name) as place:
        manifest = await keep_parts(hands, parts, place, told)
        (place / "manifest.json").write_text(write_manifest(manifest))
        snapshot, added = await repository.add(place, hands.stack.name, tags)
        return Taken(snapshot, manifest, added)


async def keep_parts(hands: Hands, parts: tuple[Part, ...], place: Path, told: Told) -> Manifest:
    """Each part's files in a folder of its own below `place`, one part after the other."""
    return await _each(hands, parts, place, lambda kind, own: kind.keep(own), told)


async def count_parts(hands: Hands, parts: tuple[Part, ...], place: Path) -> Manifest:
    """What is there now, to be compared; `place` is for files on the way."""
    return await _each(hands, parts, place, lambda kind, own: kind.count(own), untold)


async def _each(
    hands: Hands, parts: tuple[Part, ...], place: Path, ask: Callable[[Kind, Path], Awaitable[Content]], told: Told
) -> Manifest:
    taken, contents = time.time(), []
    for number, part in enumerate(parts):
        began = time.monotonic()
        own = place / f"part-{number}"
        own.mkdir(mode=0o700)
        content = await ask(KINDS[part.kind](hands, part), own)
        contents.append(content)
        told(content, time.monotonic() - began)
    return Manifest(hands.stack.name, hands.engine, __version__, taken, time.time() - taken, tuple(contents))


def untold(content: Content, seconds: float) -> None:
    """For a Told that nobody hears."""
    del content, seconds
