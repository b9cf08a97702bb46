"""Rules about a whole Dockerfile: how its lines, keywords and stages are written, and what FROM says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from longshore.dockerfile.expand import expand
from longshore.dockerfile.instructions import Dockerfile, Stage
from longshore.dockerfile.lines import Line
from longshore.dockerfile.lint.finding import Finding
from longshore.dockerfile.lint.variables import suggestion, undefined
from longshore.dockerfile.stages import global_args

__all__ = ["found_in_whole"]

RESERVED = ("context", "scratch")
REFERENCE = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
)
"""What can name an image."""


def found_in_whole(lines: Iterable[Line], dockerfile: Dockerfile, given: Mapping[str, str]) -> Iterator[Finding]:
    """`given` are the arguments of the build."""
    lines = tuple(lines)
    ends = {line.number: line.end for line in lines}
    for line in lines:
        if line.gap:
            yield Finding("NoEmptyContinuation", "Empty continuation line", line.gap, line.gap)
    for line in lines:
        yield from (Finding(rule, text, line.number, line.end) for rule, text in _written(line))
    for rule, text, number in (*_stage_names(dockerfile), *_casing(dockerfile), *_bases(dockerfile, given)):
        yield Finding(rule, text, number, ends[number])


def _written(line: Line) -> Iterator[tuple[str, str]]:
    """Of one instruction as it stands."""
    keyword, *words = line.text.split()
    match keyword.upper():
        case "MAINTAINER":
            yield "MaintainerDeprecated", "Maintainer instruction is deprecated in favor of using label"
        case "FROM":
            yield from _from(keyword, [word for word in words if not word.startswith("--")], line.comment)
        case "ARG":
            yield from _described("ARG", [word.partition("=")[0] for word in words], line.comment)


def _from(keyword: str, words: list[str], comment: str) -> Iterator[tuple[str, str]]:
    if len(words) != 3:
        return
    _, between, name = words
    if name != name.lower():
        yield "StageNameCasing", f"Stage name '{name}' should be lowercase"
    wanted = between.lower() if keyword.islower() else between.upper() if keyword.isupper() else between
    if between != wanted:
        yield "FromAsCasing", f"'{between}' and '{keyword}' keywords' casing do not match"
    yield from _described("FROM", [name.lower()], comment)


def _described(keyword: str, names: list[str], comment: str) -> Iterator[tuple[str, str]]:
    if comment and comment.split(" ")[0] not in names:
        name = names[0] if len(names) == 1 else "<arg_key>"
        text = f"Comment for {keyword} should follow the format: `# {name} <description>`"
        yield "InvalidDefinitionDescription", text


def _stage_names(dockerfile: Dockerfile) -> Iterator[tuple[str, str, int]]:
    seen: set[str] = set()
    for stage in dockerfile.stages:
        if stage.name in RESERVED:
            text = f'Stage name should not use the same name as reserved stage "{stage.name}"'
            yield "ReservedStageName", text, stage.number
        if stage.name in seen:
            text = f'Duplicate stage name "{stage.name}", stage names should be unique'
            yield "DuplicateStageName", text, stage.number
        seen |= {stage.name} - {""}


def _casing(dockerfile: Dockerfile) -> Iterator[tuple[str, str, int]]:
    """Keywords are all in small or all in capital letters, whichever are more."""
    written = [(stage.text, stage.number) for stage in dockerfile.stages]
    written += [(one.text, one.number) for stage in dockerfile.stages for one in stage.instructions]
    words = sorted(((text.split(None, 1)[0], number) for text, number in written), key=lambda one: one[1])
    small = sum(word.islower() for word, _ in words) > sum(word.isupper() for word, _ in words)
    for word, number in words:
        if word != (word.lower() if small else word.upper()):
            case = "lowercase" if small else "uppercase"
            text = f"Command '{word}' should match the case of the command majority ({case})"
            yield "ConsistentInstructionCasing", text, number


def _bases(dockerfile: Dockerfile, given: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
    """FROM: its image can be one by the defaults alone, its variables are declared, its platform is said for a
    reason."""
    by_default = global_args(dockerfile, {})
    for stage in dockerfile.stages:
        if not REFERENCE.fullmatch(expand(stage.base, by_default, escape=dockerfile.escape)):
            text = f"Default value for ARG {stage.base} results in empty or invalid base image name"
            yield "InvalidDefaultArgInFrom", text, stage.number
    values = global_args(dockerfile, given)
    declared = dict.fromkeys(
        (word.partition("=")[0] for instruction in dockerfile.args for word in instruction.words), ""
    )
    for stage in dockerfile.stages:
        for word in (stage.base, stage.platform):
            for name in undefined(word, {**declared, **values}, dockerfile.escape):
                nearest = suggestion(name, (*declared, *values))
                yield "UndefinedArgInFrom", f"FROM argument '{name}' is not declared{nearest}", stage.number
        for rule, text in _platform(stage, values, dockerfile.escape):
            yield rule, text, stage.number


def _platform(stage: Stage, values: Mapping[str, str], escape: str) -> Iterator[tuple[str, str]]:
    if re.fullmatch(r"\$TARGETPLATFORM|\$\{TARGETPLATFORM[^}]*\}", stage.platform):
        text = f"Setting platform to predefined {stage.platform} in FROM is redundant as this is the default behavior"
        yield "RedundantTargetPlatform", text
    if not stage.platform or undefined(stage.platform, {}, escape):
        return
    platform = expand(stage.platform, values, escape=escape)
    if not any(part in stage.name for part in platform.split("/")[:2]):
        yield "FromPlatformFlagConstDisallowed", f'FROM --platform flag should not use constant value "{platform}"'
