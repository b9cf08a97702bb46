"""Which images must be built or pulled before containers can be made. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from longshore.model.errors import ShoreError
from longshore.model.graph import dependencies
from longshore.model.reference import image_name
from longshore.model.service import EMPTY, Service
from longshore.model.stack import Stack
from longshore.plan.builder import PlanBuilder
from longshore.plan.operation import OperationKind, Plan

__all__ = ["image_bases", "image_plan", "refreshed_after"]

_NAMED = {"daily": "every_1d", "weekly": "every_1w"}
_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+)([wdhms])")


def image_plan(
    stack: Stack, services: Iterable[str], present: Mapping[str, bool], *, build: bool = False, no_build: bool = False,
    pull: str = "", ages: Mapping[str, float] = EMPTY,
) -> Plan:  # fmt: skip
    """One operation for each service whose image is missing or must be renewed. `present` says by service whether its
    image is there, `ages` how many seconds ago it was pulled where that is known; `build` is --build; `pull`
    overrides each service's `pull_policy` ("always", "missing", "never", "build", "daily", "weekly", "every_12h"). Of
    several services with one image name the first that has a `build:` makes it, once."""
    builder = PlanBuilder()
    wanted = tuple(services)
    done: dict[str, int] = {}
    seen: set[str] = set()

    def add(service: Service) -> None:
        reference = image_name(stack.name, service)
        if reference in seen:
            return
        seen.add(reference)
        there, age = present.get(service.name, False), ages.get(service.name, 0.0)
        kind, cause = _need(service, there, build and not no_build, no_build, pull, age)
        if not kind:
            return
        bases = (*image_bases(stack, service), *_built_first(stack, service, wanted)) if kind == "build" else ()
        for base in bases:
            add(base)
        after = [done[name] for base in bases if (name := image_name(stack.name, base)) in done]
        done[reference] = builder.add(kind, reference, cause, service=service.name, after=after)

    for service in sorted((stack.services[name] for name in wanted), key=lambda s: s.build is None):
        add(service)
    return builder.plan()


def _built_first(stack: Stack, service: Service, wanted: Collection[str]) -> tuple[Service, ...]:
    """The wanted services that this one depends on and that are built too: its Dockerfile may begin from theirs."""
    needed = [stack.services[name] for name in dependencies(service) if name in wanted]
    return tuple(other for other in needed if other.build)


def image_bases(stack: Stack, service: Service) -> tuple[Service, ...]:
    """The services whose images this build names as `additional_contexts: service:x`: they are built before it, also
    where they are not selected."""
    contexts = service.build.additional_contexts.values() if service.build else ()
    names = [context.removeprefix("service:") for context in contexts if context.startswith("service:")]
    return tuple(base for name in names if (base := stack.known(name)) is not None)


def refreshed_after(policy: str) -> float | None:
    """The seconds after which a policy wants an image pulled again; None for one that goes by no time."""
    text = _NAMED.get(policy, policy)
    if not text.startswith("every_"):
        return None
    return float(sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text)))


def _need(
    service: Service, there: bool, build: bool, no_build: bool, pull: str, age: float
) -> tuple[OperationKind | None, str]:
    policy = pull or service.pull_policy
    if service.build is not None and not no_build:
        if build:
            return "build", "--build"
        if policy == "build":
            return "build", "pull_policy: build"
        if not there:
            return "build", "no image"
        return None, ""
    if policy == "always" and service.image:
        return "pull", "pull_policy: always"
    after = refreshed_after(policy)
    if there and service.image and after is not None and age > after:
        return "pull", f"pull_policy: {policy}"
    if there:
        return None, ""
    if policy == "never" or not service.image:
        raise ShoreError(
            f"services.{service.name}: no image {service.image or 'built'} here",
            hint="build it with --build" if service.build else "let it be pulled: --pull missing",
            place=service.place("image", "build"),
        )
    return "pull", "no image"
