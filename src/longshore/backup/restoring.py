"""The flow of `restore`: fetch, look whether it fits, keep what is there, put it back part by part."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from longshore.backup.hands import Hands
from longshore.backup.manifest import Content, Manifest, read_manifest
from longshore.backup.parts import Part
from longshore.backup.repository import Repository, Snapshot
from longshore.backup.taking import KINDS, Told, hands_on, scratch, take, untold
from longshore.flow.audience import Audience
from longshore.flow.home import Where
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.stack import Stack

__all__ = ["Put", "Restored", "choose_snapshot", "fitting", "put_back", "restore", "servers_of"]


@record
class Put:
    """A part that was put back; `stays` is where what was there is now, "" for nowhere."""

    content: Content
    stays: str
    seconds: float


@record
class Restored:
    """`before` is the snapshot of what was there, "" without one."""

    snapshot: str
    manifest: Manifest
    before: str
    parts: tuple[Put, ...]


async def choose_snapshot(repository: Repository, project: str, asked: str) -> Snapshot:
    """The one that is asked for, by the beginning of its id, else the newest. Raises ShoreError for one of another
    project too."""
    own = await repository.snapshots(project)
    if not asked or asked == "latest":
        if not own:
            raise ShoreError(f"there is no snapshot of {project} in {repository.name}", hint="make one: shore backup")
        return own[-1]
    fits = [one for one in own if one.id.startswith(asked[:8])]
    if len(fits) == 1:
        return fits[0]
    if not fits and any(one.id.startswith(asked[:8]) for one in await repository.snapshots()):
        raise ShoreError(f"snapshot {asked} is not of {project}", hint="see those that are: shore backup list")
    raise ShoreError(f"there is no snapshot {asked}", hint="see what there is: shore backup list")


def fitting(manifest: Manifest, parts: Iterable[Part], only: Iterable[str]) -> tuple[Part, ...]:
    """The parts of the stack that the snapshot has; those named `only`. Raises ShoreError where one is not in it."""
    names = tuple(only)
    chosen = [part for part in parts if not names or part.name in names or part.service in names]
    found = [part for part in chosen if manifest.of(part.name)]
    if names:
        missing = [name for name in names if not any(name in (p.name, p.service) for p in found)]
        if missing:
            there = ", ".join(content.part for content in manifest.contents)
            raise ShoreError(f"{missing[0]} is not in the snapshot", hint=f"it has {there}")
    if not found:
        raise ShoreError("the snapshot has nothing of this stack", hint="see what there is: shore backup list")
    return tuple(found)


async def restore(
    where: Where, stack: Stack, repository: Repository, snapshot: Snapshot, parts: tuple[Part, ...],
    only: tuple[str, ...],
    audience: Audience, told: Told, *, safety: bool = True, swarm: bool = False,
) -> Restored:  # fmt: skip
    """Put a snapshot in the place of what is there, which is kept in a snapshot first (not without `safety`). Raises
    ShoreError; a part that could not be put back is as it was. `swarm`: into the stack that is shipped."""
    through = repository if swarm else None
    async with hands_on(where, stack, "restore", through) as hands, scratch(where, stack.name, "restore") as place:
        fetched = await repository.fetch(snapshot.id, place)
        manifest = read_manifest((fetched / "manifest.json").read_text())
        wanted = fitting(manifest, parts, only)
        await hands.ready(servers_of(wanted), audience)
        before = ""
        if safety:
            taken = await take(hands, wanted, repository, (f"before={snapshot.id}",), untold)
            before = taken.snapshot
        done = await put_back(hands, manifest, wanted, fetched, told)
        return Restored(snapshot.id, manifest, before, done)


def servers_of(parts: Iterable[Part]) -> tuple[str, ...]:
    """The services of the databases among the parts."""
    return tuple(part.service for part in parts if part.kind != "files")


async def put_back(
    hands: Hands, manifest: Manifest, parts: Iterable[Part], fetched: Path, told: Told
) -> tuple[Put, ...]:
    """One part after the other, each compared with the manifest before it takes its place."""
    stamp = time.strftime("%Y%m%dT%H%M%S")
    numbers = {content.part: number for number, content in enumerate(manifest.contents)}
    done = []
    for part in parts:
        content, began = manifest.of(part.name), time.monotonic()
        assert content is not None
        if content.kind != part.kind:
            what = f"{part.name} was kept as {content.kind}, and is {part.kind} here"
            raise ShoreError(what, hint="restore it into the stack that it is of")
        stays = await KINDS[part.kind](hands, part).put(fetched / f"part-{numbers[part.name]}", content, stamp)
        done.append(Put(content, stays, time.monotonic() - began))
        told(content, done[-1].seconds)
    return tuple(done)
