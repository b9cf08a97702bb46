"""Attached `up`: starts everything, stays with its logs, and stops it: at Ctrl-C, or when a service that must not end
does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

from longshore.cli.attach import Attachment, interrupts
from longshore.cli.display import labels_of, open_reporter, screen_of
from longshore.cli.launch import Launch
from longshore.cli.session import unknown_service
from longshore.engine.executor import ExecuteOptions, execute
from longshore.model.errors import ShoreError
from longshore.model.graph import with_dependencies
from longshore.plan import lifecycle
from longshore.report.line import Span
from longshore.report.loglines import LogPrinter
from longshore.state.events import Event

__all__ = ["AttachedLaunch"]

INTERRUPTED = 130


class AttachedLaunch(Launch):
    """`attachment` is there once it is known what will run."""

    attachment: Attachment | None = None
    _streams: contextlib.AsyncExitStack
    """The reading of events, begun once there is someone to tell and ended last."""

    def emit(self, event: Event) -> None:
        super().emit(event)
        if self.attachment:
            self.attachment.take(event)

    async def attached(self) -> int:
        """Until all have ended, one ended that must not, or Ctrl-C."""
        self._check_names()
        stop, kill = asyncio.Event(), asyncio.Event()
        async with interrupts(stop.set, kill.set), contextlib.AsyncExitStack() as self._streams:
            try:
                code = await self._stay(stop)
            except ShoreError:
                self.close()
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
            self.close()

    async def _start_and_follow(self) -> int | None:
        """Returns when no attached container runs any longer (None), or one ended that must not (its exit code)."""
        async with self.locked():
            first, plan = await self.plan()
            self.open()
            self.attachment = self._attach()
            await self._streams.enter_async_context(self.convergence.watching())
            work = asyncio.create_task(self.carry_out(first, plan))
            ended = asyncio.create_task(self.attachment.ended.wait())
            try:
                await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
                observed = work.result() if work.done() else None
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
        self.close()
        if observed:
            self.say_closing(observed, "stop: Ctrl-C")
            self.attachment.all_started()
            await self._until_ended(ended)
        ended.cancel()
        await self.attachment.drain()
        if self.attachment.unread:
            raise BrokenPipeError  # the services run on, as when this command is killed
        return self.attachment.code_to_end_with

    async def _until_ended(self, ended: asyncio.Task[bool]) -> None:
        """Wait for the end; with --watch, act on changed files meanwhile."""
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
        if not self.args.watch or not watched:
            return
        from longshore.cli.watching import Watcher

        watcher = Watcher(self.args, self.stack, self.engine, watched)
        await watcher.first_sync()
        await watcher.follow()

    def _check_names(self) -> None:
        args = self.args
        named = [*(args.attach or ()), *(args.no_attach or ()), *([args.exit_code_from] if args.exit_code_from else [])]
        for name in named:
            if name not in self.stack.services:
                raise unknown_service(name, self.stack.services)

    def _attach(self) -> Attachment:
        args, out, convergence = self.args, screen_of(self.args, out=True), self.convergence
        printer = LogPrinter(
            labels_of(self.stack, convergence.observed, convergence.wish.up.scale),
            self.stack.services,
            colour=out.colour,
            prefix=not args.no_log_prefix,
            timestamps=args.timestamps,
            unicode=out.unicode,
        )
        assert self.report
        shown = frozenset(self._shown(convergence.names))
        attachment = Attachment(self.engine, self.stack.name, shown, printer, self.report.text, self._must_stop)
        attachment.already(convergence.observed)
        return attachment

    def _shown(self, names: Iterable[str]) -> list[str]:
        """The services whose logs are shown."""
        args = self.args
        if args.attach:
            return list(args.attach)
        wanted = names
        if args.services:
            needed = with_dependencies(self.stack.services, args.services)
            wanted = needed if args.attach_dependencies else args.services
        return [n for n in wanted if n not in (args.no_attach or ()) and self.stack.services[n].attach]

    def _must_stop(self, service: str, code: int) -> bool:
        args = self.args
        any_end = args.abort_on_container_exit or args.exit_code_from
        return bool(any_end or (args.abort_on_container_failure and code != 0))

    async def _stop_all(self, kill: asyncio.Event) -> None:
        """Stop what this command is about, dependents first, and show it; kill it when asked once more."""
        if self.attachment is None:
            return
        self.attachment.expect_no_exit()
        observed = await self.engine.observe(self.stack.name)
        names = self.convergence.names
        self.report = open_reporter(self.args, self.stack, observed, services=names)
        self.report.say([(), (Span("stopping; Ctrl-C once more kills", "dim"),)])
        options = ExecuteOptions(timeout=self.args.timeout)
        plan = lifecycle.stop(self.stack, observed, names)
        stopping = asyncio.create_task(execute(plan, self.engine, self.stack, observed, self.emit, options))
        killed = asyncio.create_task(kill.wait())
        try:
            await asyncio.wait({stopping, killed}, return_when=asyncio.FIRST_COMPLETED)
            if not stopping.done():
                ending = lifecycle.kill(observed, names)
                await execute(ending, self.engine, self.stack, observed, self.emit, options)
                await asyncio.wait({stopping}, timeout=5)
            await self.attachment.drain()
        finally:
            stopping.cancel()
            killed.cancel()
            self.close()

    def _exit_code(self, code: int) -> int:
        if code != INTERRUPTED and self.args.exit_code_from and self.attachment:
            return self.attachment.exit_codes.get(self.args.exit_code_from, code)
        return code
