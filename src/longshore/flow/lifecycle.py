"""The flow that `down`, `stop`, `start`, `restart`, `kill`, `rm` and `pause` share: plan on what is there, do it."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from longshore.engine.executor import ExecuteOptions, execute, watch
from longshore.flow.audience import Audience, Scene
from longshore.flow.home import Session, Where, at_home
from longshore.health.wait import Board
from longshore.model.record import factory, record
from longshore.model.stack import Stack
from longshore.plan.operation import Plan
from longshore.state.observed import Observed

__all__ = ["Change", "Changed", "change", "finish_when_empty"]


async def _nothing_more(session: Session, plan: Plan) -> None:
    del session, plan


async def finish_when_empty(session: Session, plan: Plan) -> None:
    """For the `after` of what takes a project down: where nothing stays, the engine need not remember it."""
    if not plan.orphans and not plan.resting:
        await session.engine.finish(session.project)


@record
class Change:
    """`what` is the command's name, `plan` makes the plan, `options` go to the executor; `after` does what is left,
    with the lock still held."""

    what: str
    plan: Callable[[Session], Plan]
    options: ExecuteOptions = factory(default_factory=ExecuteOptions)
    after: Callable[[Session, Plan], Awaitable[None]] = _nothing_more


@record
class Changed:
    """What was done, and what was there before."""

    plan: Plan
    project: str
    observed: Observed


async def change(where: Where, wanted: Change, audience: Audience, *, dry_run: bool = False) -> Changed:
    """Carry the change out, or with `dry_run` only plan it. Raises ShoreError with every cause of a failure."""
    async with at_home(where, changes=wanted.what) as session:
        plan = wanted.plan(session)
        if not dry_run:
            services = tuple(dict.fromkeys(operation.service for operation in plan.operations))
            audience.begins(Scene(session.stack, session.observed, services))
            await _carry_out(session, plan, wanted.options, audience)
            await wanted.after(session, plan)
        return Changed(plan, session.project, session.observed)


async def _carry_out(session: Session, plan: Plan, options: ExecuteOptions, audience: Audience) -> None:
    board = Board()
    engine, stack = session.engine, session.stack or Stack(session.project, "")
    starts = any(operation.kind in ("start", "restart") for operation in plan.operations)
    events = watch(engine, session.project, board, audience.take) if starts else contextlib.nullcontext()
    try:
        async with events:
            outcome = await execute(plan, engine, stack, session.observed, audience.take, options, board)
            if starts:
                audience.settles(await engine.observe(session.project))
    finally:
        audience.closes()
    if not outcome.ok:
        from longshore.flow.failure.evidence import failure_of

        raise await failure_of(outcome, plan, engine, stack)
