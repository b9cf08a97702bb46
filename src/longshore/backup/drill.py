"""The flow of `backup drill`: a snapshot restored into a copy of the project, compared, seen to be healthy, removed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TypeVar

from longshore.backup.manifest import Difference, Manifest, compare, read_manifest
from longshore.backup.onengine import OnEngine, start_servers
from longshore.backup.parts import Part, survey_parts
from longshore.backup.repository import Repository, Snapshot
from longshore.backup.restoring import choose_snapshot, fitting, put_back, servers_of
from longshore.backup.taking import KINDS, Told, count_parts, hands_on, scratch
from longshore.flow.audience import Audience
from longshore.flow.home import Where, chosen
from longshore.flow.up import UpRequest, up
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.stack import Stack
from longshore.verify.fresh.copy import Copy, copied

__all__ = ["Drill", "drill"]

T = TypeVar("T")


@record
class Drill:
    """What a drill has shown: `wrong` are sentences, none when the snapshot is good. `age` is in seconds how old it was
    (what would be lost), `seconds` how long until the restored stack was ready (how long one would be without)."""

    snapshot: str
    manifest: Manifest
    wrong: tuple[str, ...]
    age: float
    seconds: float
    healthy: bool

    @property
    def good(self) -> bool:
        return self.healthy and not self.wrong

    @property
    def compared(self) -> int:
        """How many tables, key spaces and trees."""
        return sum(len(content.counted) for content in self.manifest.contents)


async def drill(
    where: Where, stack: Stack, repository: Repository, asked: str, audience: Audience, told: Told, *,
    within: float | None = None,
) -> Drill:  # fmt: skip
    """Raises ShoreError where no drill could be made at all; what is wrong with the snapshot is in the answer.
    `within`: seconds that it may be old."""
    async with hands_on(where, stack, "drill"), scratch(where, stack.name, "drill") as place:
        snapshot = await choose_snapshot(repository, stack.name, asked)
        age = time.time() - snapshot.taken
        late = ["the snapshot is older than it may be"] if within is not None and age > within else []
        expected = survey_parts(stack).parts
        async with copied(where, stack, tuple(stack.services), grace=0.0) as copy:
            one = _Drilling(copy, audience, told, time.monotonic())
            read, started = await asyncio.gather(_tried(_read(repository, snapshot, place)), _tried(one.start()))
            if isinstance(read, ShoreError):
                return Drill(snapshot.id, _empty(stack), (*late, _sentence(read)), age, 0.0, healthy=False)
            fetched, manifest = read
            if manifest.project != stack.name:
                raise ShoreError(f"snapshot {snapshot.id} is of {manifest.project}, not of {stack.name}")
            missing = [f"{part.name} is not in the snapshot" for part in expected if not manifest.of(part.name)]
            if isinstance(started, ShoreError):
                wrong, healthy = [_sentence(started)], False
            else:
                wrong, healthy = await one.run(manifest, fetched, place / "again")
            seconds = time.monotonic() - one.began
        return Drill(snapshot.id, manifest, (*late, *missing, *wrong), age, seconds, healthy)


async def _tried(work: Awaitable[T]) -> T | ShoreError:
    """What it gives, or why it cannot."""
    try:
        return await work
    except ShoreError as error:
        return error


async def _read(repository: Repository, snapshot: Snapshot, place: Path) -> tuple[Path, Manifest]:
    fetched = await repository.fetch(snapshot.id, place)
    return fetched, read_manifest((fetched / "manifest.json").read_text())


@record
class _Drilling:
    """In a copy of the project; `began` when what a restore would take began."""

    copy: Copy
    audience: Audience
    told: Told
    began: float

    async def start(self) -> None:
        """The databases of the copy, while the snapshot is fetched."""
        where, stack = self.copy.where, self.copy.stack
        await start_servers(where, stack, servers_of(survey_parts(stack).parts), self.audience)

    async def run(self, manifest: Manifest, fetched: Path, place: Path) -> tuple[list[str], bool]:
        """What is wrong, and whether the restored stack is healthy. `place` is for what is read of it again."""
        where, stack = self.copy.where, self.copy.stack
        try:
            parts = fitting(manifest, survey_parts(stack).parts, ())
            async with chosen(where, stack) as choice:
                hands = OnEngine(where, stack, choice)
                for part in parts:
                    await KINDS[part.kind](hands, part).hasten()
                await put_back(hands, manifest, parts, fetched, self.told)
                place.mkdir()
                there = await count_parts(hands, parts, place)
        except ShoreError as error:
            return [_sentence(error)], False
        wrong = [f"{one.part}: {one.name}: {one.text}" for one in _differences(manifest, there, parts)]
        try:
            await up(where, stack, UpRequest(wait=True), self.audience)
        except ShoreError as error:
            return [*wrong, f"the restored stack is not healthy: {_sentence(error)}"], False
        return wrong, True


def _differences(kept: Manifest, there: Manifest, parts: tuple[Part, ...]) -> Iterator[Difference]:
    for part in parts:
        before, after = kept.of(part.name), there.of(part.name)
        assert before
        assert after
        yield from compare(before, after)


def _sentence(error: ShoreError) -> str:
    return ": ".join((error.what, *error.details[:2]))


def _empty(stack: Stack) -> Manifest:
    return Manifest(stack.name, "", "", 0.0, 0.0, ())
