"""What would run the project here: engines, room, the clock, names that others use."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from longshore.doctor.ground.finding import Finding
from longshore.doctor.ground.project import Ground
from longshore.engine.base import Survey
from longshore.flow.choice.choose import Choice
from longshore.flow.choice.engines import ENGINES
from longshore.flow.home import chosen, every_project
from longshore.model.errors import ShoreError, ShoreErrors
from longshore.model.labels import WORKING_DIR
from longshore.model.record import record
from longshore.state.folders import CACHE, folder

__all__ = ["Machine", "look"]

ROOM = 2 * 1024**3
"""Bytes of free disk below which an image is likely not to fit."""


@record
class Machine:
    """`facts` are lines of what is there, with a word before each; `findings` what is wrong with it."""

    facts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...] = ()


async def look(ground: Ground, known: Iterable[Finding]) -> Machine:
    """Look at the machine. What `known` findings say at the same place is not said again."""
    stack, where = ground.reading.stack, ground.where
    facts: list[tuple[str, str]] = []
    found: list[Finding] = []
    for name in ENGINES:
        if not where.engines.reachable(name):
            facts.append((name, "does not answer"))
            continue
        engine = where.engines.open(name)
        try:
            survey = await engine.survey(stack)
            facts.append((name, _ability(survey)))
        except ShoreError as error:
            facts.append((name, error.what))
        finally:
            await engine.close()
    try:
        async with chosen(where, stack) as choice:
            facts.append(("chosen", f"{choice.engine.name} ({choice.reason})"))
            found += await _preflight(choice, ground)
    except ShoreError as error:
        found += _from(error, "machine.no-engine", "nothing can run this stack here")
    found += [*_disk(ground, facts), *_memory(ground, facts), *_clock(ground), *await _clashes(ground)]
    places = {(finding.place.file, finding.place.line) for finding in known if finding.place}
    new = (f for f in found if not f.place or (f.place.file, f.place.line) not in places)
    return Machine(tuple(facts), tuple(new))


def _ability(survey: Survey) -> str:
    if survey.blocked:
        return survey.blocked.what
    refused, deviations = len(survey.refused), len(survey.deviations)
    able = f"runs it with {deviations} deviation{'s' if deviations > 1 else ''}" if deviations else "runs all of it"
    if refused:
        able = f"cannot run {refused} thing{'s' if refused > 1 else ''} of this file"
    return f"{able} ({survey.road})" if survey.road else able


async def _preflight(choice: Choice, ground: Ground) -> Iterable[Finding]:
    stack = ground.reading.stack
    try:
        await choice.engine.preflight(stack, list(stack.services), await choice.engine.observe(stack.name))
    except ShoreError as error:
        return tuple(_from(error, "machine.not-ready", "up refuses to start anything"))
    return ()


def _from(error: ShoreError, rule: str, why: str) -> Iterator[Finding]:
    for one in error.errors if isinstance(error, ShoreErrors) else (error,):
        details = f" ({'; '.join(one.details)})" if one.details else ""
        yield Finding(rule, "error", f"{one.what}{details}", why, one.hint, one.place)


def _disk(ground: Ground, facts: list[tuple[str, str]]) -> Iterator[Finding]:
    place = Path(folder(ground.where.environ, CACHE))
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    facts.append(("disk", f"{free / 1024**3:.1f} GB free for images"))
    if free < ROOM:
        text = f"{free / 1024**3:.1f} GB of disk are free at {place}"
        why = "images and data may not fit, and a database without room stops"
        yield Finding("machine.disk", "warning", text, why, "make room: docker system prune, or a larger disk")


def _memory(ground: Ground, facts: list[tuple[str, str]]) -> Iterator[Finding]:
    total = _total_memory()
    if not total:
        return
    wanted = sum((s.resources.memory_reservation or 0) * s.scale for s in ground.reading.stack.services.values())
    facts.append(("memory", f"{total / 1024**3:.1f} GB"))
    if wanted > total:
        text = f"the services reserve {wanted / 1024**3:.1f} GB of memory, the machine has {total / 1024**3:.1f}"
        why = "the kernel ends what it likes when memory is gone"
        yield Finding("machine.memory", "warning", text, why, "reserve less, or use a larger machine")


def _total_memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0


def _clock(ground: Ground) -> Iterator[Finding]:
    """A clock that is behind what the project's own files say."""
    for file in ground.reading.stack.files:
        try:
            ahead = Path(file).stat().st_mtime - time.time()
        except OSError:
            continue
        if ahead > 300:
            text = f"the clock is {ahead / 60:.0f} minutes behind the time of {ground.shown(file)}"
            why = "certificates, tokens and caches go by the clock"
            yield Finding("machine.clock", "warning", text, why, "set the clock (timedatectl set-ntp true)")
            return


async def _clashes(ground: Ground) -> list[Finding]:
    stack = ground.reading.stack
    for _, project, observed in await every_project(ground.where):
        homes = {c.labels.get(WORKING_DIR, "") for c in observed.containers} - {"", stack.working_dir}
        if project == stack.name and homes:
            text = f"another folder runs a project of the name {project}: {', '.join(sorted(homes))}"
            why = "each would take the other's containers and volumes for its own"
            return [Finding("machine.name-clash", "error", text, why, "give one of them another name: -p, or name:")]
    return []
