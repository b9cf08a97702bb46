"""Attached `up`: starts everything, stays with its logs, and stops it: at Ctrl-C, or when a service that must not end
does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

from longshore.engine.executor import ExecuteOptions, execute
from longshore.flow.attach import Attachment
from longshore.flow.audience import Audience, Scene
from longshore.flow.home import Where
from longshore.flow.interrupts import interrupts
from longshore.flow.shortnames import short_names
from longshore.flow.up import Attach, Up, UpRequest, check_request
from longshore.model.errors import ShoreError, unknown_service
from longshore.model.graph import with_dependencies
from longshore.model.stack import Stack
from longshore.plan import lifecycle
from longshore.plan.operation import Plan
from longshore.state.events import Event
from longshore.state.observed import Observed

__all__ = ["up_attached"]

INTERRUPTED = 130


async def up_attached(where: Where, stack: Stack, request: UpRequest, attach: Attach, audience: Audience) -> int:
    """Until all have ended, one ended that must not, or Ctrl-C; the exit code. Raises BrokenPipeError when nobody reads
    the logs any longer: the services run on."""
    check_request(stack, request)
    for name in (*attach.only, *attach.without, *filter(None, [attach.code_from])):
        if name not in stack.services:
            raise unknown_service(name, stack.services)
    return await _AttachedUp(where, stack, request, attach, audience).attached()


class _AttachedUp(Up):
    """`attachment` is there once it is known what will run."""

    attachment: Attachment | None = None
    _opened: contextlib.AsyncExitStack
    """The engine, and then the reading of its events, begun once there is someone to tell."""

    def __init__(self, where: Where, stack: Stack, request: UpRequest, attach: Attach, audience: Audience) -> None:
        super().__init__(where, stack, request, audience)
        self.attach = attach

    def emit(self, event: Event) -> None:
        super().emit(event)
        if self.attachment:
            self.attachment.take(event)

    async def attached(self) -> int:
        stop, kill = asyncio.Event(), asyncio.Event()
        async with interrupts(stop.set, kill.set), contextlib.AsyncExitStack() as self._opened:
            try:
                code = await self._stay(stop)
            except ShoreError:
                self.audience.closes()
                await self._stop_all(kill)
                raise
            if code is None:
                return 0
            await self._stop_all(kill)
        return self._exit_code(code)

    async def _stay(self, stop: asyncio.Event) -> int | None:
        """Start everything and follow it; the exit code once it has to be stopped, None when all ended by itself."""
        asked = asyncio.create_task(stop.wait())
        work = asyncio.create_task(self._start_and_follow())
        try:
            await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
            return INTERRUPTED if stop.is_set() else work.result()
        finally:
            asked.cancel()
            work.cancel()
            await asyncio.gather(work, asked, return_exceptions=True)
            self.audience.closes()

    async def _start_and_follow(self) -> int | None:
        """Returns when no attached container runs any longer (None), or one ended that must not (its exit code)."""
        async with self.alone(self._opened):
            first, plan = await self.plans()
            self.audience.begins(self.scene(plan))
            self.attachment = self._attach()
            await self._opened.enter_async_context(self.convergence.watching())
            work = asyncio.create_task(self.carry_out(first, plan))
            ended = asyncio.create_task(self.attachment.finished.wait())
            try:
                await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
                observed = work.result() if work.done() else None
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
        self.audience.closes()
        if observed:
            self.audience.ready(observed)
            self.attachment.all_started()
            await self._until_ended(ended)
        ended.cancel()
        await self.attachment.drain()
        if self.attachment.unread:
            raise BrokenPipeError  # the services run on, as when this command is killed
        return self.attachment.code_to_end_with

    async def _until_ended(self, ended: asyncio.Task[bool]) -> None:
        """Wait for the end; where that is asked, act on changed files meanwhile."""
        watching = asyncio.create_task(self._watch_files())
        try:
            await asyncio.wait({ended, watching}, return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                watching.result()
            await ended
        finally:
            watching.cancel()

    async def _watch_files(self) -> None:
        watched = [service for service in self.stack.services.values() if service.watch]
        if not self.attach.watch or not watched:
            return
        from longshore.flow.watch import Watcher

        watcher = Watcher(self.where, self.stack, self.choice.engine, watched, self.audience)
        await watcher.follow()

    def _attach(self) -> Attachment:
        convergence = self.convergence
        names = frozenset(short_names(self.stack, convergence.observed, convergence.wish.up.scale))
        shown = frozenset(self._shown(convergence.names))
        engine = self.choice.engine
        attachment = Attachment(engine, self.stack, names, shown, self.audience, self._must_stop)
        attachment.already(convergence.observed)
        return attachment

    def _shown(self, names: Iterable[str]) -> list[str]:
        """The services whose logs are shown."""
        attach, named = self.attach, self.request.wish.up.services
        if attach.only:
            return list(attach.only)
        wanted = names
        if named:
            wanted = with_dependencies(self.stack.services, named) if attach.needed else named
        return [name for name in wanted if name not in attach.without and self.stack.services[name].attach]

    def _must_stop(self, service: str, code: int) -> bool:
        attach = self.attach
        return bool(attach.end_with_any or attach.code_from or (attach.end_with_failure and code != 0))

    async def _stop_all(self, kill: asyncio.Event) -> None:
        """Stop what this flow is about, dependents first, and show it; kill it when asked once more."""
        if self.attachment is None:
            return
        self.attachment.expect_no_exit()
        observed = await self.choice.engine.observe(self.stack.name)
        names = self.convergence.names
        self.audience.stops(Scene(self.stack, observed, names))
        options = ExecuteOptions(timeout=self.request.wish.timeout)
        stopping = asyncio.create_task(self._execute(lifecycle.stop(self.stack, observed, names), observed, options))
        killed = asyncio.create_task(kill.wait())
        try:
            await asyncio.wait({stopping, killed}, return_when=asyncio.FIRST_COMPLETED)
            if not stopping.done():
                await self._execute(lifecycle.kill(observed, names), observed, options)
                await asyncio.wait({stopping}, timeout=5)
            await self.attachment.drain()
        finally:
            stopping.cancel()
            killed.cancel()
            self.audience.closes()

    async def _execute(self, plan: Plan, observed: Observed, options: ExecuteOptions) -> None:
        await execute(plan, self.choice.engine, self.stack, observed, self.emit, options)

    def _exit_code(self, code: int) -> int:
        if code != INTERRUPTED and self.attach.code_from and self.attachment:
            return self.attachment.exit_codes.get(self.attach.code_from, code)
        return code
