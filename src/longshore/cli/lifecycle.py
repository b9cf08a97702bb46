"""The flow that `down`, `stop`, `start`, `restart`, `kill` and `rm` share: plan on what is there, show or carry out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable

from longshore.cli.arguments import Args
from longshore.cli.display import open_reporter
from longshore.cli.session import Session, at_home
from longshore.engine.executor import ExecuteOptions, execute, watch
from longshore.health.wait import Board
from longshore.model.record import factory, record
from longshore.plan.operation import Plan
from longshore.report.line import Span
from longshore.report.reporter import Reporter

__all__ = ["Change", "change"]


async def _nothing_more(session: Session, plan: Plan, report: Reporter) -> None:
    del session, plan, report


@record
class Change:
    """`plan` makes the plan; `options` go to the executor; `need_file`: not without a Compose file; `nothing` is
    said when the plan is empty; `after` adds the last words, with the lock still held."""

    what: str
    plan: Callable[[Session], Plan]
    options: ExecuteOptions = factory(default_factory=ExecuteOptions)
    need_file: bool = False
    nothing: str = "nothing to do"
    after: Callable[[Session, Plan, Reporter], Awaitable[None]] = _nothing_more


async def change(args: Args, wanted: Change) -> int:
    """Carry the change out, or print it under --dry-run; the exit code."""
    async with at_home(args, need_file=wanted.need_file, changes=wanted.what) as session:
        plan = wanted.plan(session)
        if args.dry_run:
            print(str(plan) or wanted.nothing)
            return 0
        report = open_reporter(args, session.stack, session.observed, services={o.service for o in plan.operations})
        if not plan:
            report.say([(Span(wanted.nothing, "dim"),)])
        await _carry_out(session, plan, wanted.options, report)
        report.say((Span(note, "waiting"),) for note in plan.notes)
        await wanted.after(session, plan, report)
    return 0


async def _carry_out(session: Session, plan: Plan, options: ExecuteOptions, report: Reporter) -> None:
    board = Board()
    engine, stack = session.engine, session.stack
    starts = any(operation.kind in ("start", "restart") for operation in plan.operations)
    events = watch(engine, session.project, board, report.take) if starts else contextlib.nullcontext()
    try:
        async with events:
            outcome = await execute(plan, engine, stack, session.observed, report.take, options, board)
            if starts:
                observed = await engine.observe(session.project)
                report.progress.settle(observed.containers, time.time())
    finally:
        report.close()
    if not outcome.ok:
        from longshore.flow.evidence import failure_of

        raise await failure_of(outcome, plan, engine, stack)
