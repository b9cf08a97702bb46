"""Which images must be built or pulled before containers can be made. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from longshore.model.errors import ShoreError
from longshore.model.reference import image_name
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.plan.builder import PlanBuilder
from longshore.plan.operation import OperationKind, Plan

__all__ = ["image_plan"]


def image_plan(
    stack: Stack, services: Iterable[str], present: Mapping[str, bool], *, build: bool = False, no_build: bool = False,
    pull: str = "",
) -> Plan:  # fmt: skip
    """One operation for each service whose image is missing or must be renewed. `present` says by service whether
    its image is there; `build` is --build; `pull` overrides each service's `pull_policy` ("always", "missing",
    "never", "build"). Of several services with one image name the first that has a `build:` makes it, once."""
    builder = PlanBuilder()
    done: dict[str, int] = {}
    for service in sorted((stack.services[name] for name in services), key=lambda s: s.build is None):
        name = service.name
        reference = image_name(stack.name, service)
        if reference in done:
            continue
        kind, cause = _need(service, present.get(name, False), build and not no_build, no_build, pull)
        if kind:
            after = [done[image_name(stack.name, stack.services[base])] for base in _bases(stack, service, done)]
            done[reference] = builder.add(kind, reference, cause, service=name, after=after)
    return builder.plan()


def _need(service: Service, there: bool, build: bool, no_build: bool, pull: str) -> tuple[OperationKind | None, str]:
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
    if there:
        return None, ""
    if policy == "never" or not service.image:
        raise ShoreError(
            f"services.{service.name}: no image {service.image or 'built'} here",
            hint="build it with --build" if service.build else "let it be pulled: --pull missing",
            place=service.place("image", "build"),
        )
    return "pull", "no image"


def _bases(stack: Stack, service: Service, done: Mapping[str, int]) -> list[str]:
    """Services whose images this build names as `additional_contexts: service:x`; they are built first."""
    contexts = service.build.additional_contexts.values() if service.build else ()
    names = [c.removeprefix("service:") for c in contexts if c.startswith("service:")]
    return [n for n in names if n in stack.services and image_name(stack.name, stack.services[n]) in done]
