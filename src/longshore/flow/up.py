"""The flow of `up`, top to bottom: choose the engine, plan, carry out, wait. Staying with the logs is attachedup.py."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from longshore.flow.audience import Audience, Scene
from longshore.flow.choice.choose import Choice
from longshore.flow.converge import Convergence, Wish
from longshore.flow.home import Where, chosen
from longshore.flow.lock import project_lock
from longshore.model.errors import ShoreError, unknown_service
from longshore.model.record import factory, record
from longshore.model.stack import Stack
from longshore.plan.operation import Plan
from longshore.state.events import Event
from longshore.state.observed import Observed

__all__ = ["Attach", "Up", "UpRequest", "check_request", "plan_up", "up"]


@record
class Attach:
    """How an attached `up` stays: whose logs are shown (`only` these, else those of the services named, with `needed`
    also those of what they need, never `without`), and what ends it: the end of any (`end_with_any`), the failure of
    any (`end_with_failure`); `code_from` names the service whose exit code is the command's. `watch` acts on changed
    files meanwhile."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    needed: bool = False
    end_with_any: bool = False
    end_with_failure: bool = False
    code_from: str = ""
    watch: bool = False


@record
class UpRequest:
    """What is asked of `up`. `wait`: return when every service is ready, within `wait_timeout` seconds (None: however
    long it takes)."""

    wish: Wish = factory(default_factory=Wish)
    wait: bool = False
    wait_timeout: float | None = None


async def up(where: Where, stack: Stack, request: UpRequest, audience: Audience) -> Observed:
    """Bring the stack up in the background; what is there in the end. Raises ShoreError with every cause of a
    failure."""
    check_request(stack, request)
    async with chosen(where, stack) as choice:
        return await Up(where, stack, choice, request, audience).in_background()


async def plan_up(where: Where, stack: Stack, request: UpRequest) -> tuple[Plan, Plan]:
    """What `up` would do: the plan of the images, and that of the rest with the images that are there now."""
    check_request(stack, request)
    async with chosen(where, stack) as choice:
        one = Up(where, stack, choice, request, Audience())
        async with one.locked():
            return await one.plan()


def check_request(stack: Stack, request: UpRequest) -> None:
    """Raises ShoreError where a service is named that is not there, or there is none at all."""
    for name in request.wish.up.services:
        if name not in stack.services:
            raise unknown_service(name, stack.services)
    if not stack.services:
        raise ShoreError("no service to start", hint="the file has none, or profiles leave all out: --profile")


class Up:
    """One `up` on the engine that was chosen, `convergence` its road."""

    def __init__(self, where: Where, stack: Stack, choice: Choice, request: UpRequest, audience: Audience) -> None:
        self.where, self.stack, self.choice, self.request, self.audience = where, stack, choice, request, audience
        self.engine = choice.engine
        self._waited = 0.0
        self.convergence = Convergence(choice.engine, stack, Observed(stack.name), request.wish, self.emit)

    def emit(self, event: Event) -> None:
        """What happens, to those who are shown it."""
        self.audience.take(event)

    async def in_background(self) -> Observed:
        """Everything, and what is there in the end."""
        async with self.locked():
            first, plan = await self.plan()
            self.audience.begins(self.scene(plan))
            try:
                async with self.convergence.watching():
                    observed = await self.carry_out(first, plan)
            finally:
                self.audience.closes()
        self.audience.ready(observed)
        return observed

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Alone on the project."""
        asked = time.time()
        async with project_lock(self.stack.name, "up", self.where.environ, self.where.say):
            self._waited = time.time() - asked
            yield

    async def plan(self) -> tuple[Plan, Plan]:
        """Look at what is there, and plan: images first, then the rest."""
        self.convergence.observed = await self.engine.observe(self.stack.name)
        return await self.convergence.plans()

    async def carry_out(self, first: Plan, plan: Plan) -> Observed:
        """Check, make images, do it, wait where that is asked; what is there in the end."""
        await self.convergence.realise(first, plan)
        if self.request.wait:
            await self.convergence.wait_until_ready(self.convergence.names, self.request.wait_timeout)
        observed = await self.engine.observe(self.stack.name)
        self.audience.settles(observed)
        return observed

    def scene(self, plan: Plan) -> Scene:
        """What is known before anything starts."""
        convergence = self.convergence
        survey = self.choice.survey
        return Scene(
            self.stack,
            convergence.observed,
            convergence.names,
            convergence.wish.up.scale,
            self.engine.name,
            self.choice.reason,
            survey.deviations if survey else (),
            plan.orphans,
            self._waited,
        )
