"""The flow of `up`, top to bottom: choose the engine, plan, carry out, wait. Staying with the logs is attachedup.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from longshore.flow.audience import Audience, Scene
from longshore.flow.choice.choose import Choice, surveyed
from longshore.flow.converge import Convergence, Wish, starts
from longshore.flow.home import Where, alone
from longshore.model.errors import ShoreError, unknown_service
from longshore.model.record import factory, record, replace
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
    long it takes). `examine` is asked once before anything starts, and raises what is against it."""

    wish: Wish = factory(default_factory=Wish)
    wait: bool = False
    wait_timeout: float | None = None
    examine: Callable[[], None] | None = None


async def up(where: Where, stack: Stack, request: UpRequest, audience: Audience) -> Observed:
    """Bring the stack up in the background; what is there in the end. Raises ShoreError with every cause of a
    failure."""
    check_request(stack, request)
    return await Up(where, stack, request, audience).in_background()


async def plan_up(where: Where, stack: Stack, request: UpRequest, audience: Audience) -> tuple[Plan, Plan]:
    """What `up` would do: the plan of the images, and that of the rest with the images that are there now. The audience
    hears the beginning, with what would run for each image. Raises ShoreError where `up` would refuse."""
    check_request(stack, request)
    one = Up(where, stack, request, audience)
    async with AsyncExitStack() as opened, one.alone(opened):
        first, plan = await one.convergence.plans()
        one.choice = await surveyed(one.choice, stack, strict=where.strict)
        images = one.choice.survey.images if one.choice.survey else ()
        audience.begins(replace(one.scene(plan), orphans=(), images=images))
        audience.closes()
        await one.convergence.check(plan)
        return first, plan


def check_request(stack: Stack, request: UpRequest) -> None:
    """Raises ShoreError where a service is named that is not there, there is none at all, or one cannot be scaled."""
    for name in request.wish.up.services:
        if name not in stack.services:
            raise unknown_service(name, stack.services)
    for service in stack.services.values():
        if service.ports and service.network_mode.startswith(("service:", "container:")):
            raise ShoreError(
                f"services.{service.name}.ports: there are none on the network of another ({service.network_mode})",
                hint="publish them at the one whose network it is",
                place=service.place("ports"),
            )
    for name, count in request.wish.up.scale.items():
        service = stack.services[name]
        if count > 1 and service.container_name:
            raise ShoreError(
                f"services.{name}: {count} containers cannot all have the container_name {service.container_name}",
                hint="leave container_name out, or run one",
                place=service.place("container_name"),
            )
    if not stack.services:
        raise ShoreError("no service to start", hint="the file has none, or profiles leave all out: --profile")


class Up:
    """One `up`. `choice` says on which engine and `convergence` is its road, both once it is alone on the project."""

    choice: Choice
    convergence: Convergence
    _waited: float

    def __init__(self, where: Where, stack: Stack, request: UpRequest, audience: Audience) -> None:
        self.where, self.stack, self.request, self.audience = where, stack, request, audience

    def emit(self, event: Event) -> None:
        """What happens, to those who are shown it."""
        self.audience.take(event)

    async def in_background(self) -> Observed:
        """Everything, and what is there in the end."""
        async with AsyncExitStack() as opened:
            async with self.alone(opened):
                first, plan = await self.plans()
                self.audience.begins(self.scene(plan))
                try:
                    async with self.convergence.watching():
                        observed = await self.carry_out(first, plan)
                finally:
                    self.audience.closes()
            self.audience.ready(observed)
            return observed

    @asynccontextmanager
    async def alone(self, opened: AsyncExitStack) -> AsyncIterator[None]:
        """Choose the engine, which stays open as long as `opened`, and look at what is there; then nobody else changes
        the project."""
        async with alone(self.where, self.stack, "up", opened, later=True) as (self.choice, self._waited):
            engine, observed = self.choice.engine, await self.choice.observe(self.stack.name)
            self.convergence = Convergence(
                engine, self.stack, observed, self.request.wish, self.emit, self.request.examine
            )
            yield

    async def plans(self) -> tuple[Plan, Plan]:
        """That of the images and that of the rest. What the engine cannot run is known before anything is made or
        starts; where all runs already nobody asks."""
        first, plan = await self.convergence.plans()
        if first or starts(plan):
            self.choice = await surveyed(self.choice, self.stack, strict=self.where.strict)
        return first, plan

    async def carry_out(self, first: Plan, plan: Plan) -> Observed:
        """Check, make images, do it, wait where that is asked; what is there in the end."""
        patience = self.request.wait_timeout if self.request.wait else None
        await self.convergence.realise(first, plan, patience)
        if self.request.wait:
            await self.convergence.wait_until_ready()
        observed = await self.choice.engine.observe(self.stack.name)
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
            self.choice.engine.name,
            self.choice.reason,
            survey.deviations if survey else (),
            plan.orphans,
            self._waited,
        )
