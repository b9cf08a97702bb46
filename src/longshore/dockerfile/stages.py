"""Which stages a target needs, and what each is made from: variables of FROM replaced, names resolved."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from longshore.dockerfile.expand import expand
from longshore.dockerfile.instructions import Dockerfile, Instruction, Stage, pairs
from longshore.model.errors import ShoreError
from longshore.model.record import record

__all__ = ["Resolved", "global_args", "needed", "predefined", "resolve"]

MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm/v7", "i686": "386"}


@record
class Resolved:
    """A stage with its base: the `parent` stage it continues, or else the `image` it begins with ("" for scratch)."""

    stage: Stage
    parent: int | None
    image: str
    uses: tuple[int, ...]


def predefined() -> dict[str, str]:
    """The platform arguments that BuildKit defines for every build (in FROM; in a stage after its own ARG)."""
    architecture, _, variant = MACHINES.get(os.uname().machine, os.uname().machine).partition("/")
    whole = f"linux/{architecture}" + (f"/{variant}" if variant else "")
    values: dict[str, str] = {}
    for side in ("BUILD", "TARGET"):
        values |= {f"{side}PLATFORM": whole, f"{side}OS": os.uname().sysname.lower(), f"{side}ARCH": architecture,
                   f"{side}VARIANT": variant}  # fmt: skip
    return values


def global_args(dockerfile: Dockerfile, given: Mapping[str, str]) -> dict[str, str]:
    """ARG before the first FROM: a value given to the build beats the default."""
    values = predefined()
    for instruction in dockerfile.args:
        for name, default in arguments(instruction):
            if name in given:
                values[name] = given[name]
            elif default is not None:
                values[name] = expand(default, values, escape=dockerfile.escape)
    return values


def arguments(instruction: Instruction) -> list[tuple[str, str | None]]:
    """The names and defaults of an ARG."""
    found: list[tuple[str, str | None]] = []
    for word in split_words(instruction.rest):
        name, equals, value = word.partition("=")
        found.append((name, value if equals else None))
    return found


def split_words(text: str) -> list[str]:
    if "=" not in text:
        return text.split()
    try:
        return [f"{name}={value}" for name, value in pairs(text)]
    except ValueError:
        import re

        return re.findall(r"(?:[^\s\"']|\"(?:\\.|[^\"\\])*\"|'[^']*')+", text)


def resolve(dockerfile: Dockerfile, given: Mapping[str, str]) -> tuple[Resolved, ...]:
    """Every stage with what it is made from and which earlier stages its COPY and RUN --mount read."""
    values = global_args(dockerfile, given)
    found: list[Resolved] = []
    for stage in dockerfile.stages:
        try:
            base = expand(stage.base, values, escape=dockerfile.escape)
        except ValueError as error:
            raise ShoreError(f"FROM: {error}", place=dockerfile.place(stage.number), hint="correct the form") from None
        if not base:
            hint = "give the ARG a default before the first FROM, or the build an argument"
            raise ShoreError(f"FROM {stage.base} is empty", place=dockerfile.place(stage.number), hint=hint)
        parent = stage_index(base, dockerfile.stages[: stage.index])
        image = "" if parent is not None or base == "scratch" else base
        found.append(Resolved(stage, parent, image, _uses(stage, dockerfile)))
    return tuple(found)


def stage_index(name: str, stages: Sequence[Stage]) -> int | None:
    """The latest of `stages` with this name, or the one with this number (COPY --from=0)."""
    for stage in reversed(stages):
        if stage.name and stage.name == name.lower():
            return stage.index
    return None


def source_index(name: str, stage: Stage, dockerfile: Dockerfile) -> int | None:
    """What COPY --from=`name` or a mount's from= means in `stage`: an earlier stage, by name or number, or None."""
    if name.isdigit():
        return int(name) if int(name) < stage.index else None
    return stage_index(name, dockerfile.stages[: stage.index])


def _uses(stage: Stage, dockerfile: Dockerfile) -> tuple[int, ...]:
    found: list[int] = []
    for instruction in stage.instructions:
        names = [value for key, value in instruction.flags if key == "from"]
        for mount in instruction.every("mount"):
            names += [part.partition("=")[2] for part in mount.split(",") if part.startswith("from=")]
        for name in names:
            index = source_index(name, stage, dockerfile)
            if index is not None and index not in found:
                found.append(index)
    return tuple(found)


def needed(resolved: Sequence[Resolved], target: str | None, dockerfile: Dockerfile) -> tuple[int, ...]:
    """The stages to carry out for `target` (None: the last), each after what it needs."""
    last = len(resolved) - 1 if not target else _target(target, dockerfile)
    order: list[int] = []

    def visit(index: int) -> None:
        if index in order:
            return
        stage = resolved[index]
        for other in (stage.parent, *stage.uses):
            if other is not None:
                visit(other)
        order.append(index)

    visit(last)
    return tuple(order)


def _target(target: str, dockerfile: Dockerfile) -> int:
    index = stage_index(target, dockerfile.stages)
    if index is None and target.isdigit() and int(target) < len(dockerfile.stages):
        index = int(target)
    if index is None:
        names = ", ".join(stage.name for stage in dockerfile.stages if stage.name) or "none is named"
        raise ShoreError(
            f"the Dockerfile has no stage {target}", place=dockerfile.place(0), hint=f"its stages: {names}"
        )
    return index
