"""The flow of `up`, top to bottom: choose the engine, plan, show or carry out, wait or stay attached."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from longshore.cli.arguments import Args
from longshore.cli.display import open_reporter
from longshore.cli.session import chosen, environment, unknown_service
from longshore.cli.upoptions import switched_on, wish_of
from longshore.flow.choose import Choice
from longshore.flow.converge import Convergence
from longshore.flow.lock import project_lock
from longshore.model.errors import ShoreError
from longshore.model.stack import Stack
from longshore.plan.operation import Plan
from longshore.report.closing import closing, header, needs_of, ready_line
from longshore.report.dryrun import plan_text
from longshore.report.line import Line, Span
from longshore.report.reporter import Reporter
from longshore.state.events import Event
from longshore.state.observed import Observed

__all__ = ["Launch", "launch"]


async def launch(args: Args, stack: Stack, began: float) -> int:
    """`shore up` as a whole; its exit code."""
    for name in args.services:
        if name not in stack.services:
            raise unknown_service(name, stack.services)
    if not stack.services:
        raise ShoreError("no service to start", hint="the file has none, or profiles leave all out: --profile")
    async with chosen(args, stack) as choice:
        if args.detach or args.wait or args.no_start or args.dry_run:
            return await Launch(args, stack, choice, began).in_background()
        from longshore.cli.attachedup import AttachedLaunch

        return await AttachedLaunch(args, stack, choice, began).attached()


class Launch:
    """One `up` on the engine that was chosen, `convergence` its road; `report` reads the events."""

    def __init__(self, args: Args, stack: Stack, choice: Choice, began: float) -> None:
        self.args, self.stack, self.choice, self.began = args, stack, choice, began
        self.engine = choice.engine
        self.report: Reporter | None = None
        wish = wish_of(args, stack, choice.engine.name)
        self.convergence = Convergence(choice.engine, stack, Observed(stack.name), wish, self.emit)
        self._hushed = {
            *(("build.output", "build.step") if args.quiet_build else ()),
            *(("image.fetching",) if args.quiet_pull else ()),
        }

    def emit(self, event: Event) -> None:
        """What happens, to those who read it."""
        if self.report and event.kind not in self._hushed:
            self.report.take(event)

    async def in_background(self) -> int:
        """`up -d`, `up --wait`, `up --no-start` and `up --dry-run`."""
        async with self.locked():
            first, plan = await self.plan()
            if self.args.dry_run:
                print(plan_text(first, plan))
                return 0
            self.open()
            try:
                async with self.convergence.watching():
                    observed = await self.carry_out(first, plan)
            finally:
                self.close()
        self.say_closing(observed, "logs: shore logs -f     stop: shore down")
        return 0

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Alone on the project. What another command took before is no part of how long this one takes."""
        asked = time.time()
        async with project_lock(self.stack.name, "up", environment(self.args)):
            self.began += time.time() - asked
            yield

    async def plan(self) -> tuple[Plan, Plan]:
        """Look at what is there, and plan: images first, then the rest."""
        self.convergence.observed = await self.engine.observe(self.stack.name)
        return await self.convergence.plans()

    async def carry_out(self, first: Plan, plan: Plan) -> Observed:
        """Check, make images, do it, wait where that is asked; what is there in the end, with the rows brought up to
        it."""
        convergence = self.convergence
        await convergence.check(plan)
        await convergence.make_images(first)
        await convergence.carry_out(await convergence.after_images() if first else plan)
        if self.args.wait:
            await convergence.wait_until_ready(convergence.names, self.args.wait_timeout)
        observed = await self.engine.observe(self.stack.name)
        if self.report:
            self.report.progress.settle(observed.containers, time.time())
        return observed

    def open(self) -> None:
        """Begin to show: the engine and why, what people must hear, then the rows."""
        convergence = self.convergence
        self.report = open_reporter(
            self.args,
            self.stack,
            convergence.observed,
            services=convergence.names,
            scale=convergence.wish.up.scale,
        )
        count = len(convergence.names)
        self.report.say([header(self.engine.name, self.stack.name, count, self.choice.reason)])
        self.report.say(self._remarks())

    def _remarks(self) -> Iterable[Line]:
        """What people must hear before anything starts: what happened since, and what will not be as written."""
        observed = self.convergence.observed
        for note in observed.notes:
            yield (Span(f"  note: {note}", "waiting"),)
        survey = self.choice.survey
        for line in survey.deviations if survey else ():
            yield (Span(f"  {line.service}: ", "waiting"), Span(f"{line.subject}: {line.text}"))
        if not switched_on("COMPOSE_IGNORE_ORPHANS", self.stack.environment):
            known = {*self.stack.services, *self.stack.disabled}
            orphans = [c.name for c in observed.containers if c.service not in known and not c.oneoff]
            if orphans and not self.convergence.wish.up.remove_orphans:
                text = f"  orphan containers: {', '.join(orphans)} (remove them with --remove-orphans)"
                yield (Span(text, "waiting"),)

    def close(self) -> None:
        """Leave the last state of the rows on the screen."""
        if self.report:
            self.report.close()

    def say_closing(self, observed: Observed, hint: str) -> None:
        """How long it took and where it answers."""
        assert self.report
        progress = self.report.progress
        if any(row.began for row in progress.rows.values()):
            line = ready_line(progress, needs_of(self.stack), self.began, time.time())
        else:
            line = (Span("up to date: "), Span(", ".join(progress.order), "bold"))
        names = {row.service for row in progress.rows.values()}
        shown = [c for c in observed.containers if c.state == "running" and c.service in names and not c.oneoff]
        self.report.say([(), line, *closing(shown, hint)])
