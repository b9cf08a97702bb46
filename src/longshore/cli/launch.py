"""The flow of `up`, top to bottom: choose the engine, plan, show or carry out, wait or stay attached."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

from longshore.cli.arguments import Args
from longshore.cli.attach import Attachment, interrupts
from longshore.cli.converge import Convergence
from longshore.cli.display import labels_of, open_reporter, screen_of
from longshore.cli.lock import project_lock
from longshore.cli.session import chosen, environment, unknown_service
from longshore.cli.wishes import switched_on, wish_of
from longshore.engine.choose import Choice
from longshore.engine.executor import ExecuteOptions, execute
from longshore.model.errors import ShoreError
from longshore.model.graph import with_dependencies
from longshore.model.stack import Stack
from longshore.plan import lifecycle
from longshore.plan.operation import Plan
from longshore.report.closing import closing, header, needs_of, ready_line
from longshore.report.dryrun import plan_text
from longshore.report.line import Line, Span
from longshore.report.loglines import LogPrinter
from longshore.report.reporter import Reporter
from longshore.state.events import Event
from longshore.state.observed import Observed

__all__ = ["launch"]

INTERRUPTED = 130


async def launch(args: Args, stack: Stack, began: float) -> int:
    """`shore up` as a whole; its exit code."""
    for name in args.services:
        if name not in stack.services:
            raise unknown_service(name, stack.services)
    if not stack.services:
        raise ShoreError("no service to start", hint="the file has none, or profiles leave all out: --profile")
    async with chosen(args, stack) as choice:
        launch = Launch(args, stack, choice, began)
        return await (launch.in_background() if _detached(args) else launch.attached())


def _detached(args: Args) -> bool:
    return bool(args.detach or args.wait or args.no_start or args.dry_run)


class Launch:
    """One `up` on the engine that was chosen. `report` and `attachment` read the events."""

    def __init__(self, args: Args, stack: Stack, choice: Choice, began: float) -> None:
        self.args, self.stack, self.choice, self.began = args, stack, choice, began
        self.engine = choice.engine
        self.report: Reporter | None = None
        self.attachment: Attachment | None = None
        self._hushed = {
            *(("build.output", "build.step") if args.quiet_build else ()),
            *(("image.fetching",) if args.quiet_pull else ()),
        }

    def emit(self, event: Event) -> None:
        if event.kind in self._hushed:
            return
        if self.report:
            self.report.take(event)
        if self.attachment:
            self.attachment.take(event)

    async def in_background(self) -> int:
        """`up -d`, `up --wait`, `up --no-start` and `up --dry-run`."""
        async with self._locked():
            convergence, first, plan = await self._plan()
            if self.args.dry_run:
                print(plan_text(first, plan))
                return 0
            self._open(convergence)
            try:
                async with convergence.watching():
                    await self._carry_out(convergence, first, plan)
                    observed = await self._settle()
            finally:
                self._close()
        self._say_closing(observed, "logs: shore logs -f     stop: shore down")
        return 0

    async def attached(self) -> int:
        """`up` with logs: until all have ended, one ended that must not, or Ctrl-C."""
        self._check_attach()
        stop, kill = asyncio.Event(), asyncio.Event()
        async with interrupts(stop.set, kill.set):
            async with self._locked():
                convergence, first, plan = await self._plan()
                self._open(convergence)
                self.attachment = self._attach(convergence)
            async with convergence.watching():
                code = await self._stay(convergence, first, plan, stop)
                if code is None:
                    return 0
                await self._stop_all(convergence, kill)
        return self._exit_code(code)

    async def _stay(self, convergence: Convergence, first: Plan, plan: Plan, stop: asyncio.Event) -> int | None:
        """Start everything and follow it; the exit code once it has to be stopped, None when all ended by itself."""
        assert self.attachment
        watching: asyncio.Task[None] | None = None
        work = asyncio.create_task(self._start(convergence, first, plan))
        asked = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(self.attachment.ended.wait())
        try:
            await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                try:
                    work.result()
                except ShoreError:
                    self._close()
                    await self._stop_all(convergence, asyncio.Event())
                    raise
                watching = asyncio.create_task(self._watch_files())
                await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks = [task for task in (work, asked, ended, watching) if task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._close()
        if stop.is_set():
            return INTERRUPTED
        await self.attachment.drain()
        return self.attachment.code_to_end_with

    async def _watch_files(self) -> None:
        """What --watch adds: act on changed files while attached."""
        watched = [service for service in self.stack.services.values() if service.watch]
        if not self.args.watch or not watched:
            return
        from longshore.cli.watching import Watcher

        watcher = Watcher(self.args, self.stack, self.engine, watched)
        await watcher.first_sync()
        await watcher.follow()

    async def _start(self, convergence: Convergence, first: Plan, plan: Plan) -> None:
        async with self._locked():
            await self._carry_out(convergence, first, plan)
            observed = await self._settle()
        self._close()
        self._say_closing(observed, "stop: Ctrl-C")

    async def _carry_out(self, convergence: Convergence, first: Plan, plan: Plan) -> None:
        await convergence.check(first, plan)
        await convergence.make_images(first)
        if first:
            plan = convergence.after_images()
        await convergence.carry_out(plan)
        if self.args.wait:
            await convergence.wait_until_ready(convergence.names, self.args.wait_timeout)

    async def _plan(self) -> tuple[Convergence, Plan, Plan]:
        observed = await self.engine.observe(self.stack.name)
        wish = wish_of(self.args, self.stack, self.engine.name)
        convergence = Convergence(self.engine, self.stack, observed, wish, self.emit)
        first, plan = await convergence.plans()
        return convergence, first, plan

    def _open(self, convergence: Convergence) -> None:
        scale = convergence.wish.up.scale
        self.report = open_reporter(
            self.args, self.stack, convergence.observed, services=convergence.names, scale=scale
        )
        count = len(convergence.names)
        self.report.say([header(self.engine.name, self.stack.name, count, self.choice.reason)])
        self.report.say(self._remarks(convergence))

    def _remarks(self, convergence: Convergence) -> Iterable[Line]:
        """What people must hear before anything starts: what happened since, and what will not be as written."""
        for note in convergence.observed.notes:
            yield (Span(f"  note: {note}", "waiting"),)
        survey = self.choice.survey
        for line in survey.deviations if survey else ():
            yield (Span(f"  {line.service}: ", "waiting"), Span(f"{line.subject}: {line.text}"))
        if not switched_on("COMPOSE_IGNORE_ORPHANS", self.stack.environment):
            known = {*self.stack.services, *self.stack.disabled}
            orphans = [c.name for c in convergence.observed.containers if c.service not in known and not c.oneoff]
            if orphans and not convergence.wish.up.remove_orphans:
                text = f"  orphan containers: {', '.join(orphans)} (remove them with --remove-orphans)"
                yield (Span(text, "waiting"),)

    def _close(self) -> None:
        if self.report:
            self.report.close()

    async def _settle(self) -> Observed:
        """What is there now, with the rows brought up to it."""
        assert self.report
        observed = await self.engine.observe(self.stack.name)
        self.report.progress.settle(observed.containers, time.time())
        return observed

    def _say_closing(self, observed: Observed, hint: str) -> None:
        assert self.report
        progress = self.report.progress
        if any(row.began for row in progress.rows.values()):
            line = ready_line(progress, needs_of(self.stack), self.began, time.time())
        else:
            line = (Span("up to date: "), Span(", ".join(progress.order), "bold"))
        names = {row.service for row in progress.rows.values()}
        shown = [c for c in observed.containers if c.state == "running" and c.service in names and not c.oneoff]
        self.report.say([(), line, *closing(shown, hint)])

    def _locked(self) -> AbstractAsyncContextManager[None]:
        return project_lock(self.stack.name, "up", environment(self.args))

    def _check_attach(self) -> None:
        named = [*(self.args.attach or ()), *(self.args.no_attach or ())]
        for name in [*named, *([self.args.exit_code_from] if self.args.exit_code_from else [])]:
            if name not in self.stack.services:
                raise unknown_service(name, self.stack.services)

    def _attach(self, convergence: Convergence) -> Attachment:
        args, out = self.args, screen_of(self.args, out=True)
        printer = LogPrinter(
            labels_of(self.stack, convergence.observed, convergence.wish.up.scale),
            self.stack.services,
            colour=out.colour,
            prefix=not args.no_log_prefix,
            timestamps=args.timestamps,
            unicode=out.unicode,
        )
        assert self.report
        shown = frozenset(self._attached_services(convergence.names))
        attachment = Attachment(self.engine, self.stack.name, shown, printer, self.report.text, self._must_stop)
        attachment.already(convergence.observed)
        return attachment

    def _attached_services(self, names: Iterable[str]) -> list[str]:
        args = self.args
        if args.attach:
            return list(args.attach)
        wanted = names
        if args.services:
            wanted = (
                with_dependencies(self.stack.services, args.services) if args.attach_dependencies else args.services
            )
        return [n for n in wanted if n not in (args.no_attach or ()) and self.stack.services[n].attach]

    def _must_stop(self, service: str, code: int) -> bool:
        args = self.args
        return bool(args.abort_on_container_exit or args.exit_code_from) or (
            args.abort_on_container_failure and code != 0
        )

    async def _stop_all(self, convergence: Convergence, kill: asyncio.Event) -> None:
        """Stop what this command is about, dependents first, and show it; kill it when asked once more."""
        assert self.attachment
        self.attachment.expect_no_exit()
        observed = await self.engine.observe(self.stack.name)
        names = convergence.names
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
            self._close()

    def _exit_code(self, code: int) -> int:
        assert self.attachment
        if code != INTERRUPTED and self.args.exit_code_from:
            return self.attachment.exit_codes.get(self.args.exit_code_from, code)
        return code
