"""Which stages a target needs, and what each is made from: variables of FROM replaced, names resolved."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from longshore.dockerfile.expand import expand
from longshore.dockerfile.instructions import Dockerfile, Instruction, Stage
from longshore.model.errors import ShoreError
from longshore.model.record import record

__all__ = ["Resolved", "global_args", "needed", "predefined", "resolve", "source_index", "sources", "uses"]

PLATFORM = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+){0,2}")
MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm/v7", "i686": "386"}


@record
class Resolved:
    """A stage with its base: the `parent` stage it continues, or else the `image` it begins with ("" for scratch). With
    `replaced` a context of the build has its name and stands for it: its own instructions are not carried out."""

    stage: Stage
    parent: int | None
    image: str
    uses: tuple[int, ...]
    replaced: bool = False


def predefined(target: str = "") -> dict[str, str]:
    """The platform arguments that BuildKit defines for every build (in FROM; in a stage after its own ARG)."""
    architecture, _, variant = MACHINES.get(os.uname().machine, os.uname().machine).partition("/")
    whole = f"linux/{architecture}" + (f"/{variant}" if variant else "")
    values: dict[str, str] = {}
    for side in ("BUILD", "TARGET"):
        values |= {f"{side}PLATFORM": whole, f"{side}OS": os.uname().sysname.lower(), f"{side}OSVERSION": "",
                   f"{side}ARCH": architecture, f"{side}VARIANT": variant}  # fmt: skip
    return values | {"TARGETSTAGE": target or "default"}


def global_args(dockerfile: Dockerfile, given: Mapping[str, str], target: str | None = None) -> dict[str, str]:
    """ARG before the first FROM: a value given to the build beats the default."""
    values = predefined(target or dockerfile.stages[-1].name)
    values |= {name: given[name] for name in values if name in given}
    for instruction in dockerfile.args:
        for word in instruction.words:
            name, equals, default = word.partition("=")
            try:
                if name in given:
                    values[name] = given[name]
                elif equals:
                    values[name] = expand(default, values, escape=dockerfile.escape)
            except ValueError as error:
                raise _wrong(dockerfile, instruction, error) from None
    return values


def _wrong(dockerfile: Dockerfile, instruction: Instruction, error: object) -> ShoreError:
    place = dockerfile.place(instruction.number)
    return ShoreError(f"{instruction.keyword}: {error}", place=place, hint="correct the instruction")


def resolve(
    dockerfile: Dockerfile, given: Mapping[str, str], contexts: Collection[str] = (), target: str | None = None
) -> tuple[Resolved, ...]:
    """Every stage with what it is made from and which other stages its COPY and RUN --mount read. `contexts` are the
    names of the build's additional contexts."""
    values = global_args(dockerfile, given, target)
    found: list[Resolved] = []
    for stage in dockerfile.stages:
        place = dockerfile.place(stage.number)
        try:
            base = expand(stage.base, values, escape=dockerfile.escape)
            _check_platform(stage.platform, expand(stage.platform, values, escape=dockerfile.escape))
        except ValueError as error:
            raise ShoreError(f"FROM: {error}", place=place, hint="correct the form") from None
        if not base:
            hint = "give the ARG a default before the first FROM, or the build an argument"
            raise ShoreError(f"FROM {stage.base} is empty", place=place, hint=hint)
        parent = _named(base, dockerfile.stages[: stage.index])
        image = "" if parent is not None or base == "scratch" else base
        if stage.name and stage.name in contexts:
            found.append(Resolved(stage, None, stage.name, (), replaced=True))
        else:
            found.append(Resolved(stage, parent, image, uses(stage.instructions, dockerfile)))
    _no_circle(found, dockerfile)
    return tuple(found)


def _check_platform(written: str, platform: str) -> None:
    if written and not PLATFORM.fullmatch(platform):
        raise ValueError(f"--platform={platform or written} is no platform (such as linux/amd64)")


def _named(name: str, stages: Sequence[Stage]) -> int | None:
    """The latest of `stages` that has exactly this name."""
    return next((stage.index for stage in reversed(stages) if stage.name and stage.name == name), None)


def source_index(name: str, dockerfile: Dockerfile, *, numbers: bool = True) -> int | None:
    """What COPY --from=`name` or a mount's from= (without `numbers`) means: a stage by its name, whatever the case, or
    by its number from 0, or None."""
    if numbers and name.isdigit():
        return int(name)
    return _named(name.lower(), dockerfile.stages)


def sources(instruction: Instruction, dockerfile: Dockerfile) -> list[tuple[str, int | None]]:
    """The names after from= in an instruction, and the stages they mean."""
    copied = [value for key, value in instruction.flags if key == "from" and instruction.keyword == "COPY"]
    mounted = [
        part.partition("=")[2]
        for mount in instruction.every("mount")
        for part in mount.split(",")
        if part.lower().startswith("from=")
    ]
    return [(name, source_index(name, dockerfile)) for name in copied] + [
        (name, source_index(name, dockerfile, numbers=False)) for name in mounted
    ]


def uses(instructions: Iterable[Instruction], dockerfile: Dockerfile) -> tuple[int, ...]:
    """The stages that the instructions read. ShoreError for one that cannot be named so."""
    found: dict[int, None] = {}
    for instruction in instructions:
        for name, index in sources(instruction, dockerfile):
            if "$" in name[:-1]:
                what = f"from={name}: variables are not replaced in --from and from="
                hint = "begin a stage FROM the variable and name that stage"
                raise ShoreError(what, place=dockerfile.place(instruction.number), hint=hint)
            if index is not None and index >= len(dockerfile.stages):
                hint = f"stages count from 0; there are {len(dockerfile.stages)}"
                place = dockerfile.place(instruction.number)
                raise ShoreError(f"--from={name}: there is no stage {name}", place=place, hint=hint)
            if index is not None:
                found[index] = None
    return tuple(found)


def _no_circle(stages: Sequence[Resolved], dockerfile: Dockerfile) -> None:
    """ShoreError where a stage needs itself, by others or at once: at the instruction that closes the circle."""
    done: set[int] = set()

    def visit(index: int, way: tuple[int, ...]) -> None:
        for other in stages[index].uses:
            if other in (*way, index):
                raise _unready(stages[index], other, dockerfile, "needs itself in the end")
            if other not in done:
                visit(other, (*way, index))
        done.add(index)

    for resolved in stages:
        visit(resolved.stage.index, ())


def _unready(resolved: Resolved, other: int, dockerfile: Dockerfile, why: str) -> ShoreError:
    for instruction in resolved.stage.instructions:
        for name, index in sources(instruction, dockerfile):
            if index == other:
                what = f"from={name}: the stage {name} {why}"
                return ShoreError(what, place=dockerfile.place(instruction.number), hint="put what it needs before it")
    raise AssertionError("a stage uses another by an instruction")


def needed(resolved: Sequence[Resolved], target: str | None, dockerfile: Dockerfile) -> tuple[int, ...]:
    """The stages to carry out for `target` (None: the last), each after what it needs. ShoreError where one needs a
    stage that comes later."""
    last = len(resolved) - 1 if not target else _target(target, dockerfile)
    order: list[int] = []

    def visit(index: int) -> None:
        if index in order:
            return
        stage = resolved[index]
        for other in (stage.parent, *stage.uses):
            if other is not None and other > index:
                raise _unready(stage, other, dockerfile, "does not stand before this one")
            if other is not None:
                visit(other)
        order.append(index)

    visit(last)
    return tuple(order)


def _target(target: str, dockerfile: Dockerfile) -> int:
    index = _named(target.lower(), dockerfile.stages)
    if index is None:
        names = ", ".join(stage.name for stage in dockerfile.stages if stage.name) or "none is named"
        raise ShoreError(
            f"the Dockerfile has no stage {target}", place=dockerfile.place(0), hint=f"its stages: {names}"
        )
    return index
