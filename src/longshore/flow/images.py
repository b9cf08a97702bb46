"""The flows of `build`, `pull` and `push`: images alone, no container."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from longshore.engine.base import BuildOptions
from longshore.engine.capabilities import check_handed_on, publishing
from longshore.flow.audience import Audience, Scene
from longshore.flow.converge import Convergence, Wish
from longshore.flow.home import Where, chosen
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.stack import Stack
from longshore.plan.images import image_plan
from longshore.plan.operation import Plan
from longshore.state.events import untold
from longshore.state.observed import Observed

__all__ = ["build", "build_plan", "named_images", "pull", "pull_plan", "push", "with_keys"]


def with_keys(stack: Stack, keys: Mapping[str, str | None]) -> Stack:
    """The stack with more SSH keys for every build: paths by their ids, None for the agent's."""
    if not keys:
        return stack
    services = {
        name: replace(one, build=replace(one.build, ssh={**one.build.ssh, **keys})) if one.build else one
        for name, one in stack.services.items()
    }
    return replace(stack, services=services)


def build_plan(stack: Stack, names: Iterable[str]) -> Plan:
    """What has to be built for the services of that name that have a `build:`."""
    return image_plan(stack, [name for name in names if stack.services[name].build], {}, build=True)


async def build(
    where: Where,
    stack: Stack,
    names: tuple[str, ...],
    options: BuildOptions,
    audience: Audience,
    *,
    publish: bool,
) -> None:
    """Build the images of the services; with `publish` they are sent to their registries then. Raises ShoreError with
    every cause of a failure, before anything is built where the engine publishes nothing."""
    async with chosen(where, stack) as choice:
        check_handed_on(choice.engine, options)
        if publish:
            publishing(choice.engine)
        convergence = Convergence(choice.engine, stack, Observed(stack.name), Wish(building=options), audience.take)
        await _make(convergence, build_plan(stack, names), names, audience)
    if publish:
        await push(where, stack, named_images(stack, names), audience, ignore_failures=False)


async def pull_plan(where: Where, stack: Stack, names: tuple[str, ...], policy: str) -> Plan:
    """What `pull` would fetch by `policy`, "always" or "missing"."""
    async with chosen(where, stack) as choice:
        return await _pull_plan(Convergence(choice.engine, stack, Observed(stack.name), Wish(), untold), names, policy)


async def pull(
    where: Where, stack: Stack, names: tuple[str, ...], policy: str, audience: Audience, *, ignore_failures: bool
) -> None:
    """Fetch the images of the services; with `ignore_failures` those that can be had."""
    async with chosen(where, stack) as choice:
        wish = Wish(offline=where.offline)
        convergence = Convergence(choice.engine, stack, Observed(stack.name), wish, audience.take)
        plan = await _pull_plan(convergence, names, policy)
        try:
            await _make(convergence, plan, names, audience)
        except ShoreError:
            if not ignore_failures:
                raise


def named_images(stack: Stack, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the services that are built and whose image has a name of its own: what can be published."""
    return tuple(name for name in names if stack.services[name].build and stack.services[name].image)


async def push(
    where: Where, stack: Stack, names: tuple[str, ...], audience: Audience, *, ignore_failures: bool
) -> None:
    """Publish the images of the services, one after the other; with `ignore_failures` those that can be."""
    async with chosen(where, stack) as choice:
        engine = publishing(choice.engine)
        audience.begins(Scene(stack, Observed(stack.name), names))
        try:
            for name in names:
                try:
                    await engine.push(stack, stack.services[name], audience.take)
                except ShoreError:
                    if not ignore_failures:
                        raise
        finally:
            audience.closes()


async def _pull_plan(convergence: Convergence, names: tuple[str, ...], policy: str) -> Plan:
    stack, engine = convergence.stack, convergence.engine
    images = {name: await engine.find_image(stack, stack.services[name]) for name in names}
    present = {name: image is not None for name, image in images.items()}
    return image_plan(stack, names, present, no_build=True, pull=policy)


async def _make(convergence: Convergence, plan: Plan, names: tuple[str, ...], audience: Audience) -> None:
    audience.begins(Scene(convergence.stack, convergence.observed, names))
    try:
        await convergence.make_images(plan)
    finally:
        audience.closes()
