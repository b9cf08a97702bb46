"""All rules over one Dockerfile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from longshore.dockerfile.instructions import Dockerfile, Instruction, parse, parse_trigger
from longshore.dockerfile.lines import read_directives, read_lines
from longshore.dockerfile.lint.finding import Finding, asked_by
from longshore.dockerfile.lint.stage import Known, StageRules
from longshore.dockerfile.lint.whole import found_in_whole
from longshore.dockerfile.stages import Resolved, global_args, needed, resolve
from longshore.model.errors import Place

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["lint"]

PATH = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
"""What a stage knows that begins from nothing."""


def lint(
    text: str,
    file: str,
    given: Mapping[str, str],
    target: str | None,
    *,
    image: Callable[[str], Known],
    ignored: Callable[[str], bool],
    contexts: Collection[str] = (),
    building: bool = False,
) -> list[Finding]:
    """All findings that are asked for, by their lines: in the stages that `target` needs, without one in all, or where
    it is for a build (`building`) in those that the last one needs. `image` gives the variables of an image, `ignored`
    says what the context leaves out. ShoreError for a Dockerfile that is wrong."""
    directives = read_directives(text, file)
    wanted = asked_by(directives.check, given, Place(file, 1))
    dockerfile = parse(text, file)
    resolved = resolve(dockerfile, given, contexts, target)
    lines = read_lines(text, file, directives)
    ends = {line.number: line.end for line in lines}
    order = sorted(needed(resolved, target, dockerfile)) if target or building else range(len(resolved))
    found = list(found_in_whole(lines, dockerfile, given))
    for number, rule, what in _found_in_stages(dockerfile, resolved, order, given, image, ignored):
        found.append(Finding(rule, what, number, ends[number]))
    return sorted((one for one in found if wanted.wants(one.rule)), key=lambda one: one.line)


def _found_in_stages(
    dockerfile: Dockerfile, resolved: tuple[Resolved, ...], order: Collection[int], given: Mapping[str, str],
    image: Callable[[str], Known], ignored: Callable[[str], bool],
) -> Iterator[tuple[int, str, str]]:  # fmt: skip
    """Lines, rules and what is wrong."""
    before = global_args(dockerfile, given)
    stages: dict[int, StageRules] = {}
    for one in (resolved[index] for index in order):
        rules = stages[one.stage.index] = StageRules(dockerfile.escape, given, before, ignored)
        known = image(one.image) if one.image else {}
        base = None if one.parent is None else stages[one.parent]
        rules.begin(base, None if known is None else {**PATH, **known})
        if one.replaced:
            continue
        for instruction in (*_triggers(dockerfile, one), *one.stage.instructions):
            for told_of, rule, what in rules.broken(instruction):
                yield told_of.number, rule, what


def _triggers(dockerfile: Dockerfile, one: Resolved) -> Iterator[Instruction]:
    """What ONBUILD of the stage that this one continues has it carry out first."""
    if one.parent is not None:
        place = dockerfile.place(one.stage.number)
        for instruction in dockerfile.stages[one.parent].instructions:
            if instruction.keyword == "ONBUILD":
                yield parse_trigger(instruction.words[0], place)
