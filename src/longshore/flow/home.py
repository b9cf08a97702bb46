"""What a flow begins with: the stack from the files, and the engine that has the project, or that is chosen for it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from longshore.engine.base import Engine
from longshore.flow.choice.choose import asked_engine
from longshore.flow.choice.engines import ENGINES, Engines, RealEngines
from longshore.model.errors import Place, ShoreError, unknown_service
from longshore.model.record import factory, record
from longshore.model.stack import Stack
from longshore.state.observed import Container, Observed, ObservedVolume

if TYPE_CHECKING:
    from longshore.compose.load import LoadOptions
    from longshore.flow.choice.choose import Choice

__all__ = [
    "Session", "Where", "alone", "at_home", "chosen", "enabled", "every_project", "every_volume", "find_container",
    "in_brief", "load_if_there", "load_options", "load_stack", "named", "opened", "select", "unheard",
]  # fmt: skip


def unheard(text: str, place: object = None) -> None:
    """Whom people's sentences may be said to who are to hear nothing."""


@record
class Where:
    """Which project, and on which engine: what a Compose user says by global options. Empty values mean what they mean
    to `docker compose`. `engine` is an engine's name, "" or "auto" for a free choice; `strict` refuses what an engine
    would do differently; `offline` downloads nothing. `say` hears each sentence that people must hear (warnings of the
    files, notes of an engine, another command that is waited for)."""

    files: tuple[str, ...] = ()
    project: str = ""
    project_directory: str = ""
    profiles: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    engine: str = ""
    strict: bool = False
    offline: bool = False
    environ: Mapping[str, str] = factory(default_factory=lambda: dict(os.environ))
    say: Callable[[str], None] = unheard
    opens: Engines | None = None
    """Where engines come from; None: this machine's own."""

    @property
    def engines(self) -> Engines:
        return self.opens or RealEngines(self.environ, offline=self.offline)


@contextlib.asynccontextmanager
async def opened(where: Where) -> AsyncIterator[Engine]:
    """The engine that is asked for, else the native one: for images, which belong to no project."""
    engine = where.engines.open(asked_engine(where.engine, where.environ, None) or "native")
    try:
        yield engine
    finally:
        await engine.close()


@record
class Session:
    """A project on its engine. `stack` is None when the project is only known by its name (-p, no file)."""

    engine: Engine
    project: str
    observed: Observed
    stack: Stack | None = None

    @property
    def services(self) -> tuple[str, ...]:
        """Every service that has a name here, in the file's order, then orphans."""
        named = [*self.stack.services, *self.stack.disabled] if self.stack else []
        return tuple(dict.fromkeys([*named, *(c.service for c in self.observed.containers)]))


def load_stack(
    where: Where, services: Sequence[str] = (), heard: Callable[[str, Place | None], None] | None = None
) -> Stack:
    """The project that the files describe; naming a service enables its profiles. Warnings go to `heard`, without one
    to `where.say`."""
    from longshore.compose.load import load

    return load(load_options(where, services, heard))


def load_options(
    where: Where, services: Sequence[str] = (), heard: Callable[[str, Place | None], None] | None = None
) -> LoadOptions:
    """What of `where` says how files are read."""
    from longshore.compose.load import LoadOptions

    def warn(text: str, place: Place | None) -> None:
        where.say(f"warning: {place}: {text}" if place else f"warning: {text}")

    return LoadOptions(
        files=where.files,
        project_name=where.project,
        project_directory=where.project_directory,
        profiles=where.profiles,
        env_files=where.env_files,
        services=tuple(services),
        environ=where.environ,
        warn=heard or warn,
    )


def load_if_there(where: Where) -> Stack | None:
    """The stack; None when there is no file here but the project's name is given."""
    from longshore.compose.load import NoComposeFile

    try:
        return load_stack(where)
    except NoComposeFile:
        if where.project and not where.files:
            return None
        raise


@contextlib.asynccontextmanager
async def at_home(where: Where, *, changes: str = "") -> AsyncIterator[Session]:
    """The project on the engine where it has containers or volumes, else on the first engine that answers. `changes`
    names the command when it changes the project: it looks at what is there with the project's lock held."""
    from longshore.flow.lock import project_lock

    stack = load_if_there(where)
    project = stack.name if stack else where.project
    async with contextlib.AsyncExitStack() as held:
        if changes:
            await held.enter_async_context(project_lock(project, changes, where.environ, where.say))
        yield await held.enter_async_context(_there(where, project, stack))


@contextlib.asynccontextmanager
async def in_brief(where: Where, services: Sequence[str]) -> AsyncIterator[Session]:
    """As `at_home`, without reading the files where the project's name is plain to see and each of `services` has a
    container: for commands that need nothing else of them and must be fast."""
    from longshore.compose.read.quickname import quick_name

    plain = not (where.project_directory or where.env_files)
    project = quick_name(where.files, where.project, os.environ) if plain else None
    if project:
        async with _there(where, project, None) as session:
            if {*services} <= {c.service for c in session.observed.containers}:
                yield session
                return
    async with at_home(where) as session:
        yield session


@contextlib.asynccontextmanager
async def _there(where: Where, project: str, stack: Stack | None) -> AsyncIterator[Session]:
    engine, observed = await _home(project, where.engines, asked_engine(where.engine, where.environ, stack))
    try:
        for note in observed.notes:
            where.say(f"note: {note}")
        yield Session(engine, project, observed, stack)
    finally:
        await engine.close()


@contextlib.asynccontextmanager
async def chosen(where: Where, stack: Stack, *, later: bool = False) -> AsyncIterator[Choice]:
    """The engine that is to run the stack (see choice/choose.py for the rules, and for `later`), closed in the end."""
    from longshore.flow.choice.choose import choose

    choice = await choose(
        stack, where.engines, flag=where.engine, environ=where.environ, strict=where.strict, later=later
    )
    try:
        yield choice
    finally:
        await choice.engine.close()


@contextlib.asynccontextmanager
async def alone(
    where: Where, stack: Stack, command: str, opened: contextlib.AsyncExitStack, *, later: bool = False
) -> AsyncIterator[tuple[Choice, float]]:
    """Alone on the project for a `command` that changes it, on the engine that is to run the stack, which stays open as
    long as `opened`; and the seconds for which another command was waited for. The lock comes first: what the choice
    saw of the project is what there is. `later`: see choice/choose.py."""
    from longshore.flow.lock import project_lock

    asked = time.time()
    async with project_lock(stack.name, command, where.environ, where.say):
        waited = time.time() - asked
        yield await opened.enter_async_context(chosen(where, stack, later=later)), waited


async def _home(project: str, engines: Engines, asked: str) -> tuple[Engine, Observed]:
    """The engine asked for, else the first that holds something of the project, else the first that answers."""
    if asked:
        engine = engines.open(asked)
        return engine, await _observe(engine, project)
    best: tuple[Engine, Observed] | None = None
    failure: ShoreError | None = None
    for name in ENGINES:
        if not engines.reachable(name):
            continue
        engine = engines.open(name)
        try:
            observed = await engine.observe(project)
        except ShoreError as error:
            failure = failure or error
            await engine.close()
            continue
        if observed.containers or observed.volumes:
            if best:
                await best[0].close()
            return engine, observed
        if best is None:
            best = engine, observed
        else:
            await engine.close()
    if best is None:
        raise failure or ShoreError("no engine answers here", hint="start Docker or Podman, or use Linux")
    return best


async def _observe(engine: Engine, project: str) -> Observed:
    try:
        return await engine.observe(project)
    except ShoreError:
        await engine.close()
        raise


def select(session: Session, services: Iterable[str]) -> tuple[str, ...]:
    """The named services, checked; empty stays empty (all)."""
    return _known(services, session.services)


def enabled(session: Session, services: Iterable[str]) -> tuple[str, ...] | None:
    """The named services, checked; without names those of the file that profiles leave in. None is every service that
    has a container: without a file nobody knows which are meant."""
    names = named(session, services)
    if names or session.stack is None:
        return names or None
    return tuple(session.stack.services)


def named(session: Session, services: Iterable[str]) -> tuple[str, ...]:
    """The named services of the file, checked, for what changes them: one of another file is none of this one's, even
    where the project has it."""
    stack = session.stack
    return select(session, services) if stack is None else _known(services, (*stack.services, *stack.disabled))


def _known(services: Iterable[str], there: Collection[str]) -> tuple[str, ...]:
    """The names, each of which has to be there."""
    names = tuple(services)
    for name in names:
        if name not in there:
            raise unknown_service(name, there)
    return names


def find_container(session: Session, service: str, index: int = 0, *, running: bool = True) -> Container:
    """The container of a service that `exec`, `cp` and `port` mean: the one of that number, else the first."""
    select(session, [service])
    there = [c for c in session.observed.of(service) if index in (0, c.number)]
    live = [c for c in there if c.state in ("running", "paused", "restarting")]
    if running and not live:
        state = f"{there[0].state}" if there else "not there"
        name = f"{service}-{index}" if index else service
        raise ShoreError(f"{name} is not running ({state})", hint=f"start it: shore up -d {service}")
    if not there:
        raise ShoreError(f"{service} has no container", hint=f"make it: shore up -d {service}")
    return (live or there)[0]


async def every_project(where: Where) -> list[tuple[str, str, Observed]]:
    """Engine, project and what is there, of every engine that answers (or the one asked for)."""
    found: list[tuple[str, str, Observed]] = []
    async for engine in _answering(where):
        found += [(engine.name, project, observed) for project, observed in (await engine.projects()).items()]
        await engine.close()
    return sorted(found, key=lambda row: row[1])


@contextlib.asynccontextmanager
async def every_volume(where: Where) -> AsyncIterator[list[tuple[Engine, ObservedVolume]]]:
    """Every volume of every engine that answers (or of the one asked for), with its engine, closed in the end."""
    async with contextlib.AsyncExitStack() as opened:
        found: list[tuple[Engine, ObservedVolume]] = []
        async for engine in _answering(where):
            opened.push_async_callback(engine.close)
            found += [(engine, volume) for volume in await engine.volumes()]
        yield found


async def _answering(where: Where) -> AsyncIterator[Engine]:
    engines, asked = where.engines, asked_engine(where.engine, {}, None)
    for name in ENGINES:
        if asked in ("", name) and engines.reachable(name):
            yield engines.open(name)
