"""One build: the stages that the target needs, two at a time, each step from the cache or carried out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.dockerfile.instructions import Instruction
from longshore.dockerfile.stages import Resolved, global_args, needed, resolve
from longshore.engine.base import BuildOptions
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import Build
from longshore.model.stack import Stack
from longshore.native.image.build import steps
from longshore.native.image.build.inputs import Inputs
from longshore.native.image.build.reasons import reason
from longshore.native.image.build.settings import SETTINGS, Scope
from longshore.native.image.build.state import StageState, begin_from_image, begin_from_stage, scratch
from longshore.native.image.model import Image
from longshore.native.image.store.cache import MAKING, key_of
from longshore.state.events import BuildFinished, BuildOutput, BuildStep, Emit

if TYPE_CHECKING:
    from longshore.native.image.store.images import ImageStore

__all__ = ["build_image"]

AT_ONCE = 2


@record(frozen=False)
class Tally:
    """How far the build is, and what made the first step run again."""

    number: int = 0
    total: int = 0
    changed: str = ""
    cached: bool = True


class Builder:
    """Carries out one build. `finished` holds the state of every stage that is done."""

    def __init__(
        self, store: ImageStore, build: Build, options: BuildOptions, emit: Emit, service: str, stack: Stack
    ) -> None:
        self.store = store
        self.cache = store.cache
        self.build = build
        self.service = service
        self._emit = emit
        self.given = {name: value for name, value in build.args.items() if value is not None} | dict(options.args)
        self.no_cache = build.no_cache or options.no_cache
        self.inputs = Inputs(store, build, stack, emit, service)
        self.dockerfile = self.inputs.dockerfile
        self.scope = Scope(self.given, global_args(self.dockerfile, self.given), self.dockerfile.escape)
        self.finished: dict[int, StageState] = {}
        self.tally = Tally()
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.history = (
            self.cache.directory / "history" / f"{key_of(build.context, self.dockerfile.file, build.target)}.json"
        )

    def output(self, line: str) -> None:
        """A line that a step printed."""
        self._emit(BuildOutput(self.service, line=line))

    async def run(self, tag: str) -> Image:
        """Build and remember the image as `tag`."""
        began = time.monotonic()
        resolved = resolve(self.dockerfile, self.given)
        order = needed(resolved, self.build.target, self.dockerfile)
        self.tally.total = sum(1 + len(resolved[index].stage.instructions) for index in order)
        self.before = _read(self.history)
        self.now: dict[str, Any] = {}
        try:
            await self._stages(resolved, order)
        finally:
            self.inputs.save()
            self.cache.write_json(self.history, {**self.before, **self.now})
        state = self.finished[order[-1]]
        state.labels |= dict(self.build.labels)
        image = self.store.record(self._image(state, tag))
        seconds, tally = time.monotonic() - began, self.tally
        self._emit(BuildFinished(self.service, image=tag, seconds=seconds, cached=tally.cached, changed=tally.changed))
        return image

    async def _stages(self, resolved: tuple[Resolved, ...], order: tuple[int, ...]) -> None:
        done = {index: asyncio.Event() for index in order}

        async def one(index: int) -> None:
            stage = resolved[index]
            if stage.parent is not None:
                await done[stage.parent].wait()
            state = await self._begin(stage)  # a base image is fetched while other stages are still at work
            for other in stage.uses:
                await done[other].wait()
            await self._instructions(state, stage)
            self.finished[index] = state
            done[index].set()

        try:
            async with asyncio.TaskGroup() as group:
                for index in order:
                    group.create_task(one(index))
        except BaseExceptionGroup as failures:
            raise _first(failures) from None

    async def _instructions(self, state: StageState, resolved: Resolved) -> None:
        for instruction in resolved.stage.instructions:
            async with self.slots:
                try:
                    await self._step(state, instruction, resolved)
                except (ShoreError, ValueError) as error:
                    raise self._placed(error, instruction) from None

    def _placed(self, error: Exception, instruction: Instruction) -> ShoreError:
        """The error with the instruction's place where it has none of its own."""
        place = self.dockerfile.place(instruction.number)
        if isinstance(error, ShoreError):
            if error.place is None:
                return ShoreError(error.what, hint=error.hint, place=place, details=error.details)
            return error
        return ShoreError(f"{instruction.keyword}: {error}", place=place, hint="correct the instruction")

    async def _begin(self, resolved: Resolved) -> StageState:
        self._count(resolved.stage.text, "")
        if resolved.parent is not None:
            return begin_from_stage(self.finished[resolved.parent])
        if not resolved.image:
            return scratch()
        try:
            return begin_from_image(await self.inputs.image(resolved.image))
        except ShoreError as error:
            place = error.place or self.dockerfile.place(resolved.stage.number)
            raise ShoreError(error.what, hint=error.hint, place=place, details=error.details) from None

    def _count(self, text: str, why: str) -> None:
        self.tally.number += 1
        number, total = self.tally.number, self.tally.total
        self._emit(BuildStep(self.service, number=number, total=total, instruction=text, cached=not why, reason=why))

    async def _step(self, state: StageState, instruction: Instruction, resolved: Resolved) -> None:
        setting = SETTINGS.get(instruction.keyword)
        if setting is not None:
            setting(state, instruction, self.scope)
            self._count(instruction.text, "")
            return
        if instruction.keyword == "ONBUILD":
            self._count(instruction.text, "")
            self.output("ONBUILD is left out: no later build starts from this image here")
            return
        step = await steps.prepare(self, state, instruction, resolved)
        if step is None:
            self._count(instruction.text, "")
            return
        await self._carry_out(state, instruction, step, f"{resolved.stage.index}:{instruction.number}")

    async def _carry_out(self, state: StageState, instruction: Instruction, step: steps.Step, name: str) -> None:
        """Take the step's layer from the cache, or make it while holding the step's lock."""
        key = key_of(step.parts)
        layer = None if self.no_cache else self._known(key)
        if layer is None:
            why = "no cache is wanted" if self.no_cache else reason(step.parts, self.before.get(name))
            async with self.cache.lock(key):
                layer = None if self.no_cache else self._known(key)
                self._count(instruction.text, "" if layer else why)
                if layer is None:
                    layer = await self._make(key, step, why)
        else:
            self._count(instruction.text, "")
        self.now[name] = step.parts
        state.layers = (*state.layers, str(self.cache.layer_root(layer)))
        state.key = layer

    def _known(self, key: str) -> str | None:
        """The layer that a step with this key made, if it is there."""
        found = _read(self.cache.directory / "steps" / f"{key}.json").get("layer", "")
        return found if found and self.cache.has_layer(found) else None

    async def _make(self, key: str, step: steps.Step, why: str) -> str:
        self.tally.cached = False
        self.tally.changed = self.tally.changed or why
        layer = key_of(key, time.time_ns()) if self.cache.has_layer(key) else key
        try:
            with self.cache.staging() as staged:
                (staged / "layer" / "root").mkdir(parents=True)
                await step.make(staged / "layer" / "root", staged)
                self.cache.publish_layer(layer, staged / "layer", {"kind": step.parts["kind"], **step.info})
        except OSError as error:
            raise ShoreError(f"cannot make the layer: {error.strerror or error}", hint="is the disk full?") from error
        self.cache.write_json(self.cache.directory / "steps" / f"{key}.json", {"layer": layer})
        return layer

    def _image(self, state: StageState, tag: str) -> Image:
        return Image(
            reference=tag, id="", layers=state.layers, config=state.config(), runs=state.runs, asked=tag,
            deviations=state.deviations, server=state.server,
        )  # fmt: skip


async def build_image(
    store: ImageStore, build: Build, tag: str, options: BuildOptions, emit: Emit, service: str, stack: Stack
) -> Image:
    """Carry out a Dockerfile and remember the image as `tag`. Raises ShoreError with the line that failed."""
    async with store.cache.lock(MAKING, shared=True):
        return await Builder(store, build, options, emit, service, stack).run(tag)


def _first(failure: BaseException) -> BaseException:
    """What went wrong first, out of the groups around it: whoever asked for a build wants the cause."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


def _read(path: Path) -> Mapping[str, Any]:
    import json

    try:
        loaded = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
