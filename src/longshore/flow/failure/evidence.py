"""Collects what is known of a failure from the engine, and has it explained."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from longshore.engine.base import Engine, LogOptions
from longshore.engine.executor import Outcome
from longshore.flow.failure.explain import Evidence, explain
from longshore.flow.failure.hints import Failure, hint_for
from longshore.health.wait import ServiceFailed
from longshore.model.errors import ShoreError
from longshore.model.stack import Stack
from longshore.plan.operation import Plan
from longshore.state.observed import Container

__all__ = ["failure_of"]

READ = 200
"""Log lines asked for, so that "last 3 of 41" can be said of a service that did not say much."""

EARLY = 0.1
"""Seconds by which a line may be older than the start that is written down; earlier ones are of an earlier life."""


async def failure_of(outcome: Outcome, plan: Plan, engine: Engine, stack: Stack | None) -> ShoreError:
    """One error that tells every cause once, with the services that were not started because of it."""
    causes = dict(_causes(outcome, plan))
    started: dict[str, float] = {}
    if stack and any(isinstance(error, ServiceFailed) for error in causes.values()):
        with contextlib.suppress(ShoreError):
            started = {c.name: c.started for c in (await engine.observe(stack.name)).containers}
    evidence = [await _evidence(service, error, engine, stack, started) for service, error in causes.items()]
    return explain(evidence, _not_started(outcome, plan, set(causes)))


def _causes(outcome: Outcome, plan: Plan) -> Iterator[tuple[str, ShoreError]]:
    """Service (or target) and error of each failure that is a cause and not a consequence, each service once."""
    by_id = {operation.id: operation for operation in plan.operations}
    found: dict[str, ShoreError] = {}
    for error in outcome.unmet.values():
        if isinstance(error, ServiceFailed):
            found.setdefault(error.service, error)
    for number, error in outcome.failed.items():
        found.setdefault(by_id[number].service or by_id[number].target, error)
    yield from found.items() if found else [("", next(iter(outcome.unmet.values())))]


def _not_started(outcome: Outcome, plan: Plan, causes: set[str]) -> dict[str, str]:
    """By service, the cause that kept it from starting."""
    services = {operation.id: operation.service for operation in plan.operations}
    blocked: dict[str, list[str]] = {}
    for operation in plan.operations:
        if operation.id in outcome.skipped and operation.kind != "wait":  # what waits here runs already
            needs = [services[other] for other in operation.after] + [gate.service for gate in operation.gates]
            blocked.setdefault(operation.service, []).extend(needs)
    return {service: _root(service, blocked, causes, set()) for service in blocked if service not in causes}


def _root(service: str, blocked: dict[str, list[str]], causes: set[str], seen: set[str]) -> str:
    """The cause that a blocked service leads to, through those that it needs."""
    if service in causes:
        return service
    seen.add(service)
    for needed in blocked.get(service, ()):
        found = "" if needed in seen else _root(needed, blocked, causes, seen)
        if found:
            return found
    return ""


async def _evidence(
    service: str, error: ShoreError, engine: Engine, stack: Stack | None, started: Mapping[str, float]
) -> Evidence:
    if not isinstance(error, ServiceFailed):
        return Evidence(service, error)
    lines = await _last_lines(error, engine, stack, started)
    total = len(lines) if len(lines) < READ else 0
    return Evidence(service, error, lines, total, error.last_output, _hint(error, lines, stack))


async def _last_lines(
    error: ServiceFailed, engine: Engine, stack: Stack | None, started: Mapping[str, float]
) -> list[str]:
    if stack is None or error.container not in started:
        return []
    service, began = stack.services.get(error.service), started[error.container]
    container = Container(error.container, error.container, error.service, tty=bool(service and service.tty))
    options = LogOptions(tail=READ, since=began - EARLY if began else None)
    try:
        return [line.text async for line in engine.logs(stack.name, [container], options)]
    except ShoreError:
        return []


def _hint(error: ServiceFailed, lines: list[str], stack: Stack | None) -> str:
    if error.hint or stack is None or error.service not in stack.services:
        return error.hint
    near = (error.service, *stack.services[error.service].depends_on)
    mounts = [mount for name in near if name in stack.services for mount in stack.services[name].mounts]
    volumes = tuple(stack.volumes[m.source].name for m in mounts if m.type == "volume" and m.source in stack.volumes)
    return hint_for(Failure(stack.services[error.service], error.ended_with, [*lines, error.last_output], volumes))
