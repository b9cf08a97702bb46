"""The whole of a verification: the stack that runs, or a copy brought up for it, its checks, the report."""

from __future__ import annotations

import contextlib
import platform
import subprocess
import time
from collections.abc import AsyncIterator

from longshore import __version__
from longshore.doctor.ground.health import effective
from longshore.doctor.ground.project import Ground
from longshore.flow.audience import Audience
from longshore.flow.home import Where, at_home, load_stack
from longshore.flow.reading import read
from longshore.model.errors import Place, ShoreError
from longshore.model.record import record, replace
from longshore.model.stack import Stack
from longshore.verify.check import Check, Subject
from longshore.verify.families import checks_of
from longshore.verify.families.migrates import broken_histories
from longshore.verify.fresh.copy import copied
from longshore.verify.live import Live, Recorder
from longshore.verify.machine import ports_open
from longshore.verify.portrait import portrait_of
from longshore.verify.redact import Redactor, secrets_of
from longshore.verify.reloading.journal import put_back_abandoned
from longshore.verify.result import Family, Origin, Report
from longshore.verify.run import Told, run_checks
from longshore.verify.settings import settings_of
from longshore.verify.startup import timeline

__all__ = ["Asked", "prove", "subject_of"]


@record
class Asked:
    """What is asked of a verification. Without `services` all, without `families` all; `fresh`: on a copy of the
    project; `disturb`: stop and kill services also where it is no copy; `screenshots`: of front pages, in the end."""

    services: tuple[str, ...] = ()
    families: tuple[Family, ...] = ()
    fresh: bool = False
    disturb: bool = False
    screenshots: bool = False


async def prove(where: Where, asked: Asked, audience: Audience, told: Told) -> Report:
    """Verify. `audience` is shown the start of a copy, `told` the checks. Raises ShoreError where there is nothing to
    verify."""
    began = time.time()
    for file in put_back_abandoned(where.environ):
        where.say(f"note: {file}, which a verify that was killed had changed, is put back")
    stack = load_stack(where, asked.services)
    subject = subject_of(where, stack, asked)
    checks = checks_of(subject, asked.families)
    road = _copy(where, stack, asked, subject, audience) if asked.fresh else _running(where, stack)
    async with road as live:
        redact = Redactor(secrets_of(live.stack))
        results = await run_checks(
            live, checks, told, redact, disturb=asked.disturb, lives_with=subject.settings.lives_with
        )
        origin = await _origin(live, stack, began)
        portrait = portrait_of(live.stack, await live.observed(), live.events, began)
        if asked.screenshots:
            from longshore.verify.screenshots import screenshots

            names = tuple(service.name for service in subject.lasting)
            portrait = replace(portrait, shots=await screenshots(live, names, where.say))
        return Report(origin, results, time.time() - began, redact.text(timeline(live.events, began)), portrait)


def subject_of(where: Where, stack: Stack, asked: Asked) -> Subject:
    """What the checks are made for. Raises ShoreError where x-longshore.verify is not right."""
    ground = Ground.of(where, stack)

    def locate(path: tuple[str | int, ...]) -> Place | None:
        return read(where).place("x-longshore", "verify", *path)

    names = asked.services or tuple(stack.services)
    return Subject(
        _with_checks(stack, ground),
        tuple(name for name in stack.services if name in names),
        ground.oneshots,
        settings_of(stack, locate),
        asked.families,
    )


def _with_checks(stack: Stack, ground: Ground) -> Stack:
    """With the health checks that Dockerfiles declare for services that the file gives none."""
    found = {name: effective(one, ground) for name, one in stack.services.items() if one.healthcheck is None}
    services = {
        name: replace(one, healthcheck=found[name]) if found.get(name) else one for name, one in stack.services.items()
    }
    return replace(stack, services=services)


@contextlib.asynccontextmanager
async def _running(where: Where, stack: Stack) -> AsyncIterator[Live]:
    """The stack as it runs now."""
    async with at_home(where) as session:
        if not session.observed.containers:
            raise ShoreError(
                f"nothing of {stack.name} runs",
                hint="start it: shore up -d; or verify a copy of it: shore verify --fresh",
            )
        name = session.engine.name
    async with contextlib.aclosing(Live(replace(where, engine=name), stack, name)) as live:
        yield live


@contextlib.asynccontextmanager
async def _copy(
    where: Where, stack: Stack, asked: Asked, subject: Subject, audience: Audience
) -> AsyncIterator[Live]:  # fmt: skip
    """A copy of the project, brought up. Where a service does not get ready, the checks say so; where nothing can be
    started at all, there is nothing to check, and that is raised: unless a criterion names the cause."""
    async with copied(where, stack, asked.services) as copy:
        recorder = Recorder(audience)
        live = Live(copy.where, copy.stack, copy.engine, fresh=True)
        live.taken_before = ports_open()
        try:
            await live.up(*asked.services, audience=recorder)
        except ShoreError as error:
            if not (await live.observed()).containers:
                live.refused = tuple(broken_histories(subject).values())
                if not live.refused:
                    raise
            live.failure = error
        live.events = tuple(recorder.events)
        try:
            yield live
        finally:
            await live.aclose()


async def _origin(live: Live, stack: Stack, began: float) -> Origin:
    survey = await live.engine.survey(live.stack)
    commit = _git(stack.working_dir, "rev-parse", "HEAD")
    changed = _git(stack.working_dir, "status", "--porcelain", "--", ".") if commit else None
    machine = f"{platform.system()} {platform.release()} {platform.machine()}"
    return Origin(
        stack.name, live.engine_name, survey.road, machine, __version__, live.fresh, commit or "",
        None if changed is None else not changed, began,
    )  # fmt: skip


def _git(folder: str, *words: str) -> str | None:
    """What git says; None where there is no git, or no work tree. It writes nothing: `status` alone would mend its
    index."""
    words = ("--no-optional-locks", "-C", folder, *words)
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def describe(checks: tuple[Check, ...]) -> str:
    """The checks as text, a line each: what `--dry-run` prints."""
    return "\n".join(f"{check.criterion.id:<36} {check.criterion.sentence}" for check in checks)
