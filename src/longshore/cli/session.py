"""What a command begins with: the stack from the files, and the engine that has the project."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, nearest
from longshore.engine.base import Engine
from longshore.flow.choose import NAMES, Engines, RealEngines
from longshore.model.errors import Place, ShoreError, UsageError
from longshore.model.record import record
from longshore.model.stack import Stack
from longshore.state.observed import Container, Observed, ObservedVolume

if TYPE_CHECKING:
    from longshore.flow.choose import Choice

__all__ = [
    "Session", "at_home", "chosen", "environment", "every_project", "every_volume", "find_container", "in_brief",
    "load_if_there", "load_stack", "make_engines", "select", "unknown_service",
]  # fmt: skip


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


def environment(args: Args) -> dict[str, str]:
    """This process's environment with what the flags say for engines."""
    return {**os.environ, **({"SHORE_OFFLINE": "1"} if args.offline else {})}


def make_engines(environ: Mapping[str, str]) -> Engines:
    """Where engines come from; tests put their own in its place."""
    return RealEngines(environ, offline=bool(environ.get("SHORE_OFFLINE")))


def load_stack(args: Args, services: Sequence[str] = ()) -> Stack:
    """The project that the files and the global options describe; naming a service enables its profiles."""
    from longshore.compose.load import LoadOptions, load

    options = LoadOptions(
        files=tuple(args.files or ()),
        project_name=args.project or "",
        project_directory=args.project_directory or "",
        profiles=tuple(args.profiles or ()),
        env_files=tuple(args.env_files or ()),
        services=tuple(services),
        warn=_warn,
    )
    return load(options)


def _warn(text: str, place: Place | None) -> None:
    print(f"warning: {place}: {text}" if place else f"warning: {text}", file=sys.stderr)


def load_if_there(args: Args) -> Stack | None:
    """The stack; None when there is no file here but -p names the project."""
    from longshore.compose.load import NoComposeFile

    try:
        return load_stack(args)
    except NoComposeFile:
        if args.project and not args.files:
            return None
        raise


@contextlib.asynccontextmanager
async def at_home(args: Args, *, need_file: bool = False, changes: str = "") -> AsyncIterator[Session]:
    """The project on the engine where it has containers or volumes, else on the first engine that answers. `changes`
    names the command when it changes the project: it looks at what is there with the project's lock held."""
    from longshore.flow.lock import project_lock

    stack = load_stack(args) if need_file else load_if_there(args)
    project = stack.name if stack else str(args.project)
    async with contextlib.AsyncExitStack() as held:
        if changes:
            await held.enter_async_context(project_lock(project, changes, environment(args)))
        yield await held.enter_async_context(_there(args, project, stack))


@contextlib.asynccontextmanager
async def in_brief(args: Args, services: Sequence[str]) -> AsyncIterator[Session]:
    """As `at_home`, without reading the files where the project's name is plain to see and each of `services` has a
    container: for commands that need nothing else of them and must be fast."""
    from longshore.compose.read.quickname import quick_name

    plain = not (args.project_directory or args.env_files)
    project = quick_name(args.files or (), args.project or "", os.environ) if plain else None
    if project:
        async with _there(args, project, None) as session:
            if {*services} <= {c.service for c in session.observed.containers}:
                yield session
                return
    async with at_home(args) as session:
        yield session


@contextlib.asynccontextmanager
async def _there(args: Args, project: str, stack: Stack | None) -> AsyncIterator[Session]:
    environ = environment(args)
    engine, observed = await _home(project, make_engines(environ), _asked(args, environ, stack))
    try:
        for note in observed.notes:
            print(f"note: {note}", file=sys.stderr)
        yield Session(engine, project, observed, stack)
    finally:
        await engine.close()


@contextlib.asynccontextmanager
async def chosen(args: Args, stack: Stack) -> AsyncIterator[Choice]:
    """The engine that is to run the stack (see flow/choose.py for the rules), closed in the end."""
    from longshore.flow.choose import choose

    environ = environment(args)
    choice = await choose(
        stack, make_engines(environ), flag=args.engine or "auto", environ=environ, strict=bool(args.strict)
    )
    try:
        yield choice
    finally:
        await choice.engine.close()


def _asked(args: Args, environ: Mapping[str, str], stack: Stack | None) -> str:
    named = str(stack.longshore.get("engine", "")) if stack else ""
    asked = next((name for name in (args.engine, environ.get("SHORE_ENGINE"), named) if name and name != "auto"), "")
    if asked and asked not in NAMES:
        raise UsageError(f"{asked!r} is not an engine", hint="one of auto, native, docker")
    return asked


async def _home(project: str, engines: Engines, asked: str) -> tuple[Engine, Observed]:
    """The engine asked for, else the first that holds something of the project, else the first that answers."""
    if asked:
        engine = engines.open(asked)
        return engine, await _observe(engine, project)
    best: tuple[Engine, Observed] | None = None
    failure: ShoreError | None = None
    for name in NAMES:
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
    names = tuple(services)
    for name in names:
        if name not in session.services:
            raise unknown_service(name, session.services)
    return names


def unknown_service(name: str, known: Iterable[str]) -> ShoreError:
    names = list(known)
    close = nearest(name, names)
    has = f"there are: {', '.join(sorted(names))}" if names else "nothing of this project is here"
    return ShoreError(f'there is no service "{name}"', hint=f"did you mean {close}?" if close else has)


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


async def every_project(environ: Mapping[str, str], only: str | None) -> list[tuple[str, str, Observed]]:
    """Engine, project and what is there, of every engine that answers (or the one asked for)."""
    found: list[tuple[str, str, Observed]] = []
    async for engine in _answering(environ, only):
        found += [(engine.name, project, observed) for project, observed in (await engine.projects()).items()]
        await engine.close()
    return sorted(found, key=lambda row: row[1])


@contextlib.asynccontextmanager
async def every_volume(
    environ: Mapping[str, str], only: str | None
) -> AsyncIterator[list[tuple[Engine, ObservedVolume]]]:
    """Every volume of every engine that answers (or of the one asked for), with its engine, closed in the end."""
    async with contextlib.AsyncExitStack() as opened:
        found: list[tuple[Engine, ObservedVolume]] = []
        async for engine in _answering(environ, only):
            opened.push_async_callback(engine.close)
            found += [(engine, volume) for volume in await engine.volumes()]
        yield found


async def _answering(environ: Mapping[str, str], only: str | None) -> AsyncIterator[Engine]:
    engines = make_engines(environ)
    for name in NAMES:
        if only in (None, "auto", name) and engines.reachable(name):
            yield engines.open(name)
