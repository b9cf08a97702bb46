"""The flow of `watch`: up, a first sync, then one batch of changes after the other."""

from __future__ import annotations

import asyncio
import os
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, Any

from longshore.dockerfile.ignore import find_ignore
from longshore.engine.base import BuildOptions, CreateOptions, Engine, ExecRequest
from longshore.flow.audience import Audience, Scene
from longshore.flow.converge import Convergence, Wish
from longshore.flow.home import Where, chosen
from longshore.flow.lock import project_lock
from longshore.flow.streams import standard_streams
from longshore.flow.watchrules import ALWAYS_IGNORED, Step, decide, first_sync, matches, roots
from longshore.model.errors import ShoreError
from longshore.model.record import factory, record
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.plan.reconcile import UpOptions

__all__ = ["Watcher", "files_of", "ignored_by_build", "watch"]


async def watch(where: Where, stack: Stack, audience: Audience, *, bring_up: bool = True) -> None:
    """Act on changed files until Ctrl-C; `bring_up`: the stack first. Sentences about each change go to `where.say`."""
    watched = [service for service in stack.services.values() if service.watch]
    if not watched:
        raise ShoreError("no service has develop.watch", hint="add it to the services whose files change")
    async with chosen(where, stack) as choice:
        watcher = Watcher(where, stack, choice.engine, watched, audience)
        if bring_up:
            await watcher.bring_up(build=False)
        names = ", ".join(_shown(root) for root in roots(watched))
        await watcher.follow(lambda: where.say(f"watching {names}; Ctrl-C ends it"))


@record(frozen=False)
class Watcher:
    """Carries out what changes ask for, one batch at a time."""

    where: Where
    stack: Stack
    engine: Engine
    watched: list[Service]
    audience: Audience
    _excluded: dict[str, Callable[[str], bool]] = factory(default_factory=dict)

    async def bring_up(self, *, build: bool, services: tuple[str, ...] = ()) -> None:
        """Bring the stack (or `services` alone, rebuilt) up."""
        observed = await self.engine.observe(self.stack.name)
        wish = Wish(
            up=UpOptions(services=services, no_deps=bool(services)),
            create=CreateOptions(),
            build=build,
            building=BuildOptions(offline=self.where.offline),
            offline=self.where.offline,
        )
        self.audience.begins(Scene(self.stack, observed, services or None))
        convergence = Convergence(self.engine, self.stack, observed, wish, self.audience.take)
        async with project_lock(self.stack.name, "watch", self.where.environ, self.where.say):
            try:
                first, plan = await convergence.plans()
                async with convergence.watching():
                    await convergence.realise(first, plan)
            finally:
                self.audience.closes()

    async def first_sync(self) -> None:
        """Bring the containers to what is here now: files may have changed since the image was made."""
        self._read_ignore_files()
        for service in self.watched:
            pairs = [pair for pair in first_sync(service) if Path(pair[0]).exists()]
            if pairs:
                await self._copy(service, pairs)

    async def follow(self, begun: Callable[[], None] = lambda: None) -> None:
        """Sync what is there, tell that it has `begun`, then act on each change."""
        from watchfiles import Change, awatch

        paths = [path for path in roots(self.watched) if Path(path).exists()]
        missing = sorted({*roots(self.watched)} - {*paths})
        if missing:
            raise ShoreError(f"{_shown(missing[0])} does not exist", hint="develop.watch names it as a path")
        changes = awatch(*paths, watch_filter=None, debounce=50, step=20)
        coming = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)  # from here on nothing is missed: what changes during the first sync comes once more
        try:
            await self.first_sync()
            begun()
        except BaseException:
            coming.cancel()
            raise
        async for batch in _with_first(coming, changes):
            changed = files_of({path for change, path in batch if change == Change.added}, {path for _, path in batch})
            for name, step in decide(self.watched, changed, self._excluded).items():
                try:
                    await self._carry_out(self.stack.services[name], step)
                except ShoreError as error:
                    self.where.say(f"{name}: {error}")

    async def _carry_out(self, service: Service, step: Step) -> None:
        if step.rebuild:
            self.where.say(f"{service.name}: rebuild")
            await self.bring_up(build=True, services=(service.name,))
            return
        if step.copy:
            await self._copy(service, step.copy)
        if step.remove:
            await self._execute(service, ("rm", "-rf", "--", *step.remove))
        if step.copy or step.remove:
            names = [target for _, target in step.copy] + step.remove
            self.where.say(f"{service.name}: synced {', '.join(names[:3])}{_more(len(names) - 3)}")
        for hook in step.commands:
            await self._execute(service, hook.command, user=hook.user, directory=hook.working_dir)
        if step.restart:
            await self._restart(service)

    async def _restart(self, service: Service) -> None:
        observed = await self.engine.observe(self.stack.name)
        for container in observed.of(service.name):
            await self.engine.stop(container)
            await self.engine.start(self.stack, container)
        self.where.say(f"{service.name}: restarted")

    async def _copy(self, service: Service, pairs: list[tuple[str, str]]) -> None:
        """Send files as one tar stream whose names are the absolute paths in the container."""
        with tempfile.TemporaryFile() as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                for here, there in pairs:
                    archive.add(here, there.lstrip("/"), filter=self._keep(service, here, there))
            file.seek(0)
            await self._execute(service, ("tar", "-x", "--no-same-owner", "-f", "-", "-C", "/"), stdin=file)

    def _read_ignore_files(self) -> None:
        """What the build of a service leaves out has no place in its container either."""
        for service in self.watched:
            excludes = ignored_by_build(service)
            if excludes:
                self._excluded[service.name] = excludes

    def _keep(self, service: Service, here: str, there: str) -> Any:
        """A tarfile filter that leaves out what is ignored under the rule of this path: later nobody would take it
        away."""
        rules = [rule for rule in service.watch if rule.path == here]
        ignored = rules[0].ignore if rules else ()
        start = there.lstrip("/")
        excludes = self._excluded.get(service.name)

        def keep(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
            inside = member.name[len(start) :].lstrip("/")
            if inside and (matches(inside, (*ALWAYS_IGNORED, *ignored)) or (excludes and excludes(f"{here}/{inside}"))):
                return None
            return member

        return keep

    async def _execute(
        self,
        service: Service,
        argv: tuple[str, ...],
        *,
        user: str = "",
        directory: str = "",
        stdin: IO[bytes] | None = None,
    ) -> None:
        observed = await self.engine.observe(self.stack.name)
        for container in observed.of(service.name):
            if container.state == "running":
                with standard_streams(stdin):
                    code = await self.engine.execute(container, ExecRequest(argv, user=user, working_dir=directory))
                if code:
                    raise ShoreError(f"{argv[0]} ended with code {code} in {container.name}")


async def _with_first(coming: asyncio.Future[Any], rest: AsyncIterator[Any]) -> AsyncIterator[Any]:
    try:
        yield await coming
    except StopAsyncIteration:
        return
    async for batch in rest:
        yield batch


def files_of(added: set[str], touched: set[str]) -> dict[str, bool]:
    """Each path that a batch of changes is about, and whether it is there now. A folder that appeared, renamed or moved
    in, stands for all that is in it; one that was there is told of by what changed in it."""
    found: dict[str, bool] = {}
    for path in sorted(touched):
        if not Path(path).is_dir() or Path(path).is_symlink():
            found[path] = os.path.lexists(path)
            continue
        for folder, names, files in os.walk(path) if path in added else ():
            found.update({f"{folder}/{name}": True for name in files})
            if not names and not files:
                found[folder] = True
    return found


def ignored_by_build(service: Service) -> Callable[[str], bool] | None:
    """Whether the `.dockerignore` of a service's build leaves an absolute path out; None where there is none."""
    if service.build is None or not Path(service.build.context).is_dir():
        return None
    context = f"{service.build.context.rstrip('/')}/"
    rules = find_ignore(Path(context), service.build)

    def excludes(path: str) -> bool:
        return path.startswith(context) and rules.takes(path[len(context) :])

    return excludes if rules.rules else None


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


def _shown(path: str) -> str:
    here = f"{Path.cwd()}/"
    return path.removeprefix(here)
