"""The flow of `migrate`: once, alone, with what it needs ready and a point to go back to."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from longshore.engine.base import RunRequest
from longshore.flow.audience import Audience
from longshore.flow.choice.choose import Choice
from longshore.flow.databases import Shelf, database_of
from longshore.flow.home import Where, chosen
from longshore.flow.lock import project_lock
from longshore.flow.oneoff import OneOff, Overrides, changed_service, ready_for
from longshore.flow.streams import captured
from longshore.migrations.find import histories_in, sources_of
from longshore.migrations.history import History
from longshore.migrations.tools import TOOLS, applied, pending, statement, step_back
from longshore.model.errors import ShoreError, UsageError, unknown_service
from longshore.model.record import record
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.state.events import untold

__all__ = ["Migrating", "Status", "Target", "migrating", "targets_of"]


@record
class Target:
    """A service that migrates, and its history. `commands` are those of `x-longshore.migrate`, which hold over the
    tool's own: by "status", "up", "down", "make", "merge"."""

    service: str
    history: History
    commands: Mapping[str, str]


@record
class Status:
    """What the database has, and what is still to come."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]


def targets_of(stack: Stack) -> tuple[Target, ...]:
    """The services that have migrations: those with `x-longshore.migrate`, and for each history that no such service
    has, the first in the file that is built from its folder."""
    named: dict[str, Target] = {}
    seen: set[str] = set()
    services = sorted(stack.services.values(), key=lambda service: "migrate" not in _settings(service))
    for service in services:
        settings = _settings(service).get("migrate")
        for history in histories_in(sources_of(service)):
            key = str(Path(history.folder).resolve())
            if key not in seen:
                seen.add(key)
                commands = settings if isinstance(settings, Mapping) else {}
                named.setdefault(service.name, Target(service.name, history, {k: str(v) for k, v in commands.items()}))
        if isinstance(settings, Mapping) and service.name not in named:
            commands = {key: str(value) for key, value in settings.items()}
            named[service.name] = Target(service.name, History("", "", ()), commands)
    return tuple(named[name] for name in stack.services if name in named)


def _settings(service: Service) -> Mapping[str, object]:
    found = service.extensions.get("x-longshore")
    return found if isinstance(found, Mapping) else {}


def choose_target(stack: Stack, service: str) -> Target:
    """The one that is asked for, or the only one there is."""
    found = targets_of(stack)
    if service:
        if service not in stack.services:
            raise unknown_service(service, stack.services)
        found = tuple(target for target in found if target.service == service)
        if not found:
            raise ShoreError(f"{service} has no migrations that are known", hint="name them: x-longshore.migrate")
    if not found:
        raise ShoreError(
            "no service has migrations of Alembic or Django",
            hint="for another tool: x-longshore: {migrate: {up: COMMAND, status: COMMAND}} at the service",
        )
    if len(found) > 1:
        names = ", ".join(target.service for target in found)
        raise UsageError(f"several services have migrations: {names}", hint="name one of them")
    return found[0]


@asynccontextmanager
async def migrating(
    where: Where, stack: Stack, service: str, audience: Audience, *, what: str, start: bool = True
) -> AsyncIterator[Migrating]:
    """Alone on the migrations of the project, with what the service needs ready (not with `start` False)."""
    target = choose_target(stack, service)
    async with (
        project_lock(f"{stack.name}.migrate", f"migrate {what}", where.environ, where.say),
        chosen(where, stack) as choice,
    ):
        one = Migrating(where, stack, target, choice)
        if start:
            await ready_for(where, stack, choice, one.request(()), audience)
        yield one


@record
class Migrating:
    """One command on one service's migrations."""

    where: Where
    stack: Stack
    target: Target
    choice: Choice

    @property
    def shelf(self) -> Shelf | None:
        """Where points of this database are kept; None where it is not known which database it is."""
        database = database_of(self.stack, self.stack.services[self.target.service])
        if database is None:
            return None
        return Shelf(self.choice.engine, self.stack, database, self.where.environ, self.run)

    def request(self, words: tuple[str, ...]) -> OneOff:
        return OneOff(self.target.service, Overrides(command=words, entrypoint=""), remove=True, interactive=True)

    async def run(
        self, words: tuple[str, ...], stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None
    ) -> tuple[int, str]:
        """A command in a container of the service, without its entry point; exit code and what it said."""
        stack = self.stack
        service = changed_service(stack.services[self.target.service], self.request(words).overrides, stack, self.where)
        name = f"{stack.name}-{service.name}-migrate-{time.time_ns() & 0xFFFFFFFF:08x}"
        request = RunRequest(service, name=name, interactive=stdin is not None, remove=True)
        with captured(stdin, stdout) as said:
            code = await self.choice.engine.run(stack, request, untold)
        return code, said.text

    def command(self, key: str, message: str = "") -> tuple[str, ...]:
        """The command for "status", "up", "make" or "merge"."""
        own = self.target.commands.get(key)
        if own:
            return ("sh", "-c", own)
        tool = TOOLS.get(self.target.history.tool)
        words: tuple[str, ...] = getattr(tool, key, ()) if tool else ()
        if not words:
            raise ShoreError(
                f"it is not known how to {key} migrations of {self.target.service}",
                hint=f"say it: x-longshore: {{migrate: {{{key}: COMMAND}}}}",
            )
        return tuple(message if word == "{message}" else word for word in words)

    async def status(self) -> Status:
        """Asks the database by the tool."""
        code, said = await self.run(self.command("status"))
        if code:
            raise ShoreError(f"the state of migrations cannot be asked (code {code})", details=statement(said))
        history = self.target.history
        if not history.tool:
            return Status(tuple(said.splitlines()), ())
        return Status(applied(history, said), pending(history, said))

    async def unmade(self) -> tuple[str, ...]:
        """What of the models no migration says, in the tool's words; () for nothing or where it cannot be asked."""
        tool = TOOLS.get(self.target.history.tool)
        if tool is None or not tool.unmade:
            return ()
        code, said = await self.run(tool.unmade)
        if not code or tool.unmade_mark not in said:
            return ()
        return tuple(line for line in said[said.index(tool.unmade_mark) :].splitlines() if line.strip())

    async def change(self, words: tuple[str, ...], before: Status, *, backup: bool) -> tuple[float, Path | None]:
        """Carry a changing command out; how many seconds it took, and the point that was kept. When it fails the
        database is as before: what the tool itself did not take back is, by the point."""
        shelf = self.shelf if backup else None
        kept = (shelf, await shelf.keep()) if shelf else None
        began = time.monotonic()
        code, said = await self.run(words)
        if code:
            raise await self._failed(code, said, before, kept)
        return time.monotonic() - began, kept[1] if kept else None

    async def _failed(self, code: int, said: str, before: Status, kept: tuple[Shelf, Path] | None) -> ShoreError:
        state = "the database is as before"
        if self.target.history.tool and (await self.status()).applied != before.applied:
            if kept:
                shelf, point = kept
                stays = await shelf.go_back(point)
                state = f"the database is as before; what was done to it is kept as {stays}"
            else:
                state = "a part of it is applied: there was no point to go back to"
        return ShoreError(
            f"{self.target.service}: migrating failed with code {code}; {state}",
            details=statement(said),
            hint="mend the migration and run it again; the services run on as they were",
        )

    def back(self, there: Status) -> tuple[str, ...]:
        """The command that takes the last migration back."""
        if "down" in self.target.commands:
            return ("sh", "-c", self.target.commands["down"])
        return step_back(self.target.history, there.applied)
