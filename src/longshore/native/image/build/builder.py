"""One build: the stages that the target needs, two at a time, each step from the cache or carried out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.dockerfile.instructions import Instruction, parse_trigger
from longshore.dockerfile.stages import Resolved, global_args, needed, resolve, source_index, uses
from longshore.engine.base import BuildOptions
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.reference import image_name
from longshore.model.service import Build, Service
from longshore.model.stack import Stack
from longshore.native.image.build import steps, whiteouts
from longshore.native.image.build.checked import check_rules
from longshore.native.image.build.context import LayerSource, Source
from longshore.native.image.build.dated import given_values, source_date
from longshore.native.image.build.inputs import Inputs
from longshore.native.image.build.reasons import reason
from longshore.native.image.build.settings import SETTINGS, Scope
from longshore.native.image.build.state import StageState, begin_from_image, begin_from_stage, scratch
from longshore.native.image.build.step import Step
from longshore.native.image.model import Image
from longshore.native.image.store.cache import MAKING, drop_set_id, key_of
from longshore.native.kernel.privileges import is_root
from longshore.state.events import BuildFinished, BuildOutput, BuildStep, Emit

if TYPE_CHECKING:
    from longshore.native.image.store.images import ImageStore

__all__ = ["build_image"]

AT_ONCE = 2
RULES = 2
"""Counts with every key: what an earlier version made of the same instructions by other rules is not taken. Raise it
when a step comes to another layer than before."""


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
        self, store: ImageStore, build: Build, options: BuildOptions, emit: Emit, service: str, stack: Stack,
        way: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """`way`: the services whose builds wait for this one."""
        self.store = store
        self.options, self.stack, self.way = options, stack, (*way, service)
        self.cache = store.cache
        self.build = build
        self.service = service
        self._emit = emit
        self.given = given_values(build, options, stack)
        self.dated = source_date(self.given)
        self.no_cache = build.no_cache or options.no_cache
        again = options.pull or build.pull
        self.inputs = Inputs(store, build, stack, emit, service, self._other, again=again)
        self.dockerfile = self.inputs.dockerfile
        before = global_args(self.dockerfile, self.given, build.target)
        self.scope = Scope(self.given, before, self.dockerfile.escape)
        self.finished: dict[int, StageState] = {}
        self.tasks: dict[int, asyncio.Task[StageState]] = {}
        self.tally = Tally()
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.history = (
            self.cache.directory / "history" / f"{key_of(build.context, self.dockerfile.file, build.target)}.json"
        )

    @property
    def offline(self) -> bool:
        return self.store.offline

    def output(self, line: str) -> None:
        """A line that a step printed."""
        self._emit(BuildOutput(self.service, line=line))

    async def run(self, tag: str) -> Image:
        """Build and remember the image as `tag`."""
        began = time.monotonic()
        contexts = self.build.additional_contexts
        self.resolved = resolve(self.dockerfile, self.given, contexts, self.build.target)
        order = needed(self.resolved, self.build.target, self.dockerfile)
        await check_rules(self.build, self.given, [self.resolved[index] for index in order], self.inputs)
        self.tally.total = sum(1 + len(self.resolved[index].stage.instructions) for index in order)
        self.before = _read(self.history)
        self.now: dict[str, Any] = {}
        try:
            await self._stages(order)
        finally:
            if not self.options.once:
                self.inputs.save()
                self.cache.write_json(self.history, {**self.before, **self.now})
        state = self.finished[order[-1]]
        state.labels |= dict(self.build.labels)
        image = self.store.record(self._image(state, tag))
        self._emit(
            BuildFinished(
                self.service, image=tag, seconds=time.monotonic() - began, cached=self.tally.cached,
                changed=self.tally.changed, runs=image.runs,
            )
        )  # fmt: skip
        return image

    async def _stages(self, order: tuple[int, ...]) -> None:
        try:
            async with asyncio.TaskGroup() as self.group:
                for index in order:
                    self._stage(index)
        except BaseExceptionGroup as failures:
            raise _first(failures) from None

    def _stage(self, index: int) -> asyncio.Task[StageState]:
        """The task that carries the stage out, begun when it is first asked for."""
        if index not in self.tasks:
            self.tasks[index] = self.group.create_task(self._whole(self.resolved[index]))
        return self.tasks[index]

    async def _whole(self, resolved: Resolved) -> StageState:
        if resolved.parent is not None:
            await asyncio.shield(self._stage(resolved.parent))
        state = await self._begin(resolved)  # a base image is fetched while other stages are still at work
        instructions = [] if resolved.replaced else [*self._triggers(state, resolved), *resolved.stage.instructions]
        state.onbuild = ()
        self._rehearse(state, instructions)
        for other in uses(instructions, self.dockerfile):
            if other >= resolved.stage.index:
                what = f"ONBUILD of {resolved.image} copies from a stage that does not stand before this one"
                raise ShoreError(what, place=self.dockerfile.place(resolved.stage.number), hint="put it before")
            await asyncio.shield(self._stage(other))
        for position, instruction in enumerate(instructions):
            async with self.slots:
                try:
                    await self._step(state, instruction, f"{resolved.stage.index}:{position}")
                except (ShoreError, ValueError) as error:
                    raise self._placed(error, instruction) from None
        self.finished[resolved.stage.index] = state
        return state

    def _triggers(self, state: StageState, resolved: Resolved) -> list[Instruction]:
        """What ONBUILD of the base wants done first."""
        place = self.dockerfile.place(resolved.stage.number)
        found = [parse_trigger(text, place) for text in state.onbuild]
        self.tally.total += len(found)
        return found

    def _rehearse(self, state: StageState, instructions: Sequence[Instruction]) -> None:
        """What is wrong in an instruction is known before the first is carried out."""
        trial = state.copy()
        for instruction in instructions:
            try:
                steps.rehearse(trial, instruction, self.scope)
            except (ShoreError, ValueError) as error:
                raise self._placed(error, instruction) from None

    async def _other(self, service: Service) -> Image:
        """Another service's image, from which this build begins or copies."""
        assert service.build is not None
        if service.name in self.way:
            names = " → ".join((*self.way, service.name))
            raise ShoreError(f"the images of {names} are built from each other", hint="begin one of them from another")
        tag = image_name(self.stack.name, service)
        other = Builder(self.store, service.build, self.options, self._emit, service.name, self.stack, self.way)
        return await other.run(tag)

    def _placed(self, error: Exception, instruction: Instruction) -> ShoreError:
        """The error with the instruction's place where it has none of its own."""
        if not isinstance(error, ShoreError):
            error = ShoreError(f"{instruction.keyword}: {error}", hint="correct the instruction")
        return self._at(error, instruction.number)

    def _at(self, error: ShoreError, number: int) -> ShoreError:
        """The error, at this line of the Dockerfile where it has no place of its own."""
        place = error.place or self.dockerfile.place(number)
        return ShoreError(error.what, hint=error.hint, place=place, details=error.details)

    async def _begin(self, resolved: Resolved) -> StageState:
        self._count(resolved.stage.text, "")
        if resolved.parent is not None:
            return begin_from_stage(self.finished[resolved.parent])
        if not resolved.image:
            return scratch()
        try:
            directory = self.inputs.directory(resolved.image)
            if directory is not None:
                state = scratch()
                await self._carry_out(state, resolved.stage.text, await steps.copied(directory), "context")
                return state
            return begin_from_image(await self.inputs.image(resolved.image))
        except ShoreError as error:
            raise self._at(error, resolved.stage.number) from None

    def _count(self, text: str, why: str) -> None:
        self.tally.number += 1
        number, total = self.tally.number, self.tally.total
        self._emit(BuildStep(self.service, number=number, total=total, instruction=text, cached=not why, reason=why))

    async def source(self, name: str, *, numbers: bool = True) -> Source:
        """What from=`name` means: a stage (by its number too, where `numbers`), an additional context, an image; "" the
        build context."""
        index = source_index(name, self.dockerfile, numbers=numbers) if name else None
        if index is None:
            return await self.inputs.source(name)
        resolved = self.resolved[index]
        directory = self.inputs.directory(resolved.image) if resolved.replaced else None
        return directory or LayerSource(self.finished[index].tree, self.finished[index].key)

    async def _step(self, state: StageState, instruction: Instruction, name: str) -> None:
        setting = SETTINGS.get(instruction.keyword)
        if setting is not None:
            setting(state, instruction, self.scope)
            self._count(instruction.text, "")
            return
        step = await steps.prepare(self, state, instruction)
        if step is None:
            self._count(instruction.text, "")
            return
        await self._carry_out(state, instruction.text, step, name)

    async def _carry_out(self, state: StageState, text: str, step: Step, name: str) -> None:
        """Take the step's layer from the cache, or make it while holding the step's lock."""
        key = key_of(RULES, step.parts)
        layer = None if self.no_cache else self._known(key)
        if layer is None:
            why = "no cache is wanted" if self.no_cache else reason(step.parts, self.before.get(name))
            async with self.cache.lock(key):
                layer = None if self.no_cache else self._known(key)
                self._count(text, "" if layer else why)
                if layer is None:
                    layer = await self._make(key, step, why)
        else:
            self._count(text, "")
        self.now[name] = step.parts
        state.layers = (*state.layers, str(self.cache.layer_root(layer)))
        state.key = layer

    def _known(self, key: str) -> str | None:
        """The layer that a step with this key made, if it is there."""
        found = str(_read(self.cache.directory / "steps" / f"{key}.json").get("layer", ""))
        if not found or not self.cache.has_layer(found):
            return None
        self.cache.touch_layer(found)
        return found

    async def _make(self, key: str, step: Step, why: str) -> str:
        self.tally.cached = False
        self.tally.changed = self.tally.changed or why
        began, before = time.time_ns(), self._known(key)
        layer = key_of(key, began) if self.cache.has_layer(key) else key
        try:
            with self.cache.staging() as staged:
                root = staged / "layer" / "root"
                root.mkdir(parents=True)
                await step.make(root, staged)
                if before is not None and await self._came_to(before, root, began):
                    return before
                info = {"kind": step.parts["kind"], "began": began, **step.info}
                self.cache.publish_layer(layer, staged / "layer", info)
        except OSError as error:
            raise ShoreError(f"cannot make the layer: {error.strerror or error}", hint="is the disk full?") from error
        self.cache.write_json(self.cache.directory / "steps" / f"{key}.json", {"layer": layer})
        return layer

    async def _came_to(self, before: str, root: Path, began: int) -> bool:
        """Whether a step that was carried out again made what it had made before: then that layer stays, and equal
        inputs come to an image of the same digest."""
        from longshore.native.image.build.again import same_outcome

        earlier = self.cache.layer_info(before).get("began")
        if not isinstance(earlier, int):
            return False
        if not is_root():
            drop_set_id(root)  # as its layer's were
        return await asyncio.to_thread(same_outcome, self.cache.layer_root(before), earlier, root, began)

    def _image(self, state: StageState, tag: str) -> Image:
        layers = whiteouts.as_read(self.cache, state.layers)
        return Image(
            reference=tag, id="", layers=layers, config=state.config(), runs=state.runs, asked=tag,
            deviations=state.deviations, server=state.server, source="build", dated=self.dated,
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
