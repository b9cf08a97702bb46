"""A Dockerfile as one service builds it."""

from __future__ import annotations

from pathlib import Path

from longshore.dockerfile.instructions import Dockerfile, Instruction, parse
from longshore.dockerfile.stages import needed, resolve
from longshore.model.errors import Place, ShoreError
from longshore.model.record import record
from longshore.model.service import Build, Service

__all__ = ["BuildFile", "read_build_file"]


@record
class BuildFile:
    """`instructions` are those of the target, the stages it continues first;
    `every` those of all stages that are carried out for it. `base` is the image that the target begins with."""

    service: Service
    build: Build
    path: Path
    parsed: Dockerfile
    instructions: tuple[Instruction, ...]
    every: tuple[Instruction, ...]
    bases: tuple[tuple[str, int], ...]
    base: str

    def place(self, instruction: Instruction) -> Place:
        return self.parsed.place(instruction.number)

    def last(self, *keywords: str) -> Instruction | None:
        """The last instruction of one of these kinds: the one that holds."""
        found = [one for one in self.instructions if one.keyword in keywords]
        return found[-1] if found else None


def read_build_file(service: Service, build: Build, shown: str) -> BuildFile:
    """`shown`: its path as people read it. Raises ShoreError."""
    path = Path(build.context, build.dockerfile)
    try:
        text = build.dockerfile_inline if build.dockerfile_inline is not None else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
        place = service.place("build.dockerfile", "build")
        raise ShoreError(f"the Dockerfile {shown} cannot be read: {what}", place=place) from None
    parsed = parse(text, shown)
    stages = resolve(parsed, build.given)
    order = needed(stages, build.target, parsed)
    chain: list[int] = []
    index: int | None = order[-1]
    while index is not None:
        chain.insert(0, index)
        index = stages[index].parent
    return BuildFile(
        service,
        build,
        path,
        parsed,
        tuple(one for number in chain for one in stages[number].stage.instructions),
        tuple(one for number in order for one in stages[number].stage.instructions),
        tuple((stages[n].image, stages[n].stage.number) for n in order if stages[n].parent is None),
        stages[chain[0]].image,
    )
