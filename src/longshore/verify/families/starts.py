"""Starts: every service gets to its state, in order, at the first try, within its budget, and its health check is one
that notices when it does not work; another `up` finds nothing to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial

from longshore.doctor.silence import lived_with
from longshore.model.graph import dependencies, referred
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import replace
from longshore.model.servers import server_of
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.plan.operation import Operation, Plan
from longshore.state.observed import Container
from longshore.verify.check import Check, Subject, Touch, holds, ready_id, short, skipped
from longshore.verify.families.migrates import broken_histories
from longshore.verify.hosts import hosts_named, neighbours
from longshore.verify.live import Answer, Live
from longshore.verify.probing import has_check, probe, until_works, words_of
from longshore.verify.result import Criterion, Evidence, Family, Seen
from longshore.verify.settings import budget_of
from longshore.verify.startup import Begun, starts_of
from longshore.verify.trivial import never_fails
from longshore.verify.waiting import asked

__all__ = ["changes_in", "criteria", "waits_for"]

NOT_STARTED_HERE = "this run did not start the stack: --fresh does, on a copy"


def criteria(subject: Subject) -> tuple[Check, ...]:
    broken = broken_histories(subject)
    return (
        *(_ready(subject, service, broken.get(service.name, "")) for service in subject.chosen),
        *(check for service in subject.chosen for check in _in_order(subject.stack, service)),
        *(_first_try(subject.stack, service) for service in subject.lasting),
        *(check for service in subject.lasting for check in _check_that_notices(service)),
        _again(subject.oneshots),
    )


# Every service reaches its state.


def _ready(subject: Subject, service: Service, broken: str) -> Check:
    """`broken`: the criterion by which its migrations fall short whatever runs."""
    ends = service.name in subject.oneshots
    criterion = Criterion(
        ready_id(service.name),
        Family.STARTS,
        f"{service.name} {'does its work and ends well' if ends else 'starts and is ready'}",
        "its state, its health, and the time that it took",
        f"read what it says: shore logs {service.name}",
        service.name,
    )
    act = partial(_try_ready, service, ends, waits_for(subject.stack, service), broken)
    return Check(criterion, act, limit=budget_of(service) + 60)


async def _try_ready(service: Service, ends: bool, needs: dict[str, str], cause: str, live: Live) -> Seen:
    expected = "ended with 0" if ends else "healthy" if has_check(service) else "running"
    begun = starts_of(live.events).get(service.name)
    containers = await live.containers(service.name)
    if any(one.health == "starting" for one in containers):  # another's failure may have ended the wait for it
        await until_works(live, service, budget_of(service))
        containers = await _with_results(live, service)
    states = [one.health or one.state if one.state == "running" else one.state for one in containers]
    ended = [one.exit_code for one in containers if one.state == "exited"]
    well = bool(containers) and (
        (bool(ended) and not any(ended)) if ends else all(state in ("running", "healthy") for state in states)
    )
    said = ", ".join(f"ended with {one.exit_code}" if one.state == "exited" else state
                     for one, state in zip(containers, states, strict=True)) or "not there"  # fmt: skip
    if not well and _late(live, service.name, needs):
        return skipped(f"it did not wait for what it needs: starts.order.{service.name}")
    unmet = [name for name, until in needs.items() if not _got_there(starts_of(live.events).get(name), until)]
    if not well and live.events and begun is None and unmet:
        return skipped(f"it was not started, as {', '.join(unmet)} did not get there: {ready_id(unmet[0])}")
    lasting = {name for name, until in needs.items() if until != "completed"}
    alone = sorted(lasting & neighbours(live.stack, service)[1]) if service.networks else []
    if not well and alone:
        return skipped(f"it shares no network with {', '.join(alone)}: isolated.finds.{service.name}")
    if not well and cause:
        return skipped(f"what it does at its start cannot be done: {cause}")
    if not well:
        return short(expected, said, evidence=await _last_words(service.name, live))
    budget = budget_of(service)
    if begun is None:
        return holds(expected, said)
    took = begun.ready - begun.began
    measured = (("seconds until ready", took),)
    expected, said = f"{expected} within {budget:g} s", f"{said} after {took:.2f} s"
    return (holds if took <= budget else short)(expected, said, measured=measured)


async def _with_results(live: Live, service: Service) -> tuple[Container, ...]:
    """Its containers; what its check says now holds where the engine has not asked yet."""
    ok, _ = await probe(live, service)
    found = await live.containers(service.name)
    return tuple(replace(one, health="healthy") if ok and one.health == "starting" else one for one in found)


async def _last_words(service: str, live: Live) -> tuple[Evidence, ...]:
    lines = [line.text for line in await live.logs(service, tail=20)]
    failure = (Evidence("what up said", str(live.failure)),) if live.failure else ()
    return (*failure, *((Evidence(f"last lines of {service}", "\n".join(lines)),) if lines else ()))


# In order: nobody before what it needs.


def waits_for(stack: Stack, service: Service) -> dict[str, str]:
    """What the service has to wait for, and until when: what it depends on, and the databases and brokers that its
    environment names, until they are healthy, or started where they have no check. That a service which has a check is
    waited for until it has started only (no condition at all means that, too) is taken as it stands where the file
    lives with it, or where the start follows from what the two share."""
    found: dict[str, str] = {}
    for name in hosts_named(stack, service):
        other = stack.services[name]
        if server_of(other):
            found[name] = "healthy" if has_check(other) else "started"
    words = {"service_healthy": "healthy", "service_completed_successfully": "completed", "service_started": "started"}
    meant = {*stack.services} if lived_with(stack, service.name, TOO_EARLY) else {*referred(service)}
    for name, dependency in dependencies(service).items():
        if name in stack.services and found.get(name) != "healthy":
            until = words[dependency.condition]
            early = until == "started" and name not in meant and has_check(stack.services[name])
            found[name] = "healthy" if early else until
    return found


TOO_EARLY = "compose.starts-too-early"


def _in_order(stack: Stack, service: Service) -> Iterator[Check]:
    needs = waits_for(stack, service)
    if not needs:
        return
    criterion = Criterion(
        f"starts.order.{service.name}",
        Family.STARTS,
        f"{service.name} starts when what it needs is ready",
        f"the times of the start: {', '.join(f'{name} {until}' for name, until in needs.items())}, then {service.name}",
        "write depends_on with condition: service_healthy for each of them",
        service.name,
    )
    why = lived_with(stack, service.name, TOO_EARLY)
    yield Check(criterion, partial(_try_order, service.name, needs, why), limit=10)


async def _try_order(service: str, needs: dict[str, str], why: str, live: Live) -> Seen:
    starts = starts_of(live.events)
    if not live.events:
        return skipped(NOT_STARTED_HERE)
    own = starts.get(service)
    if own is None:
        return skipped(f"{service} was not started")
    late = _late(live, service, needs)
    if not late:
        held = frozenset(needs) - _gated(live.stack, service)
        late = [f"{name} {needs[name]}, by luck" for name in needs if name in held and needs[name] == "healthy"]
    lines = [_against(starts.get(name), name, until, own.began) for name, until in needs.items()]
    expected = f"{', '.join(f'{name} {until}' for name, until in needs.items())} before {service}"
    evidence = (Evidence("times against its start", "\n".join(lines)),)
    if late and why:
        return skipped(why)
    if late:
        return short(expected, f"{service} did not wait: {', '.join(late)} of its start", evidence=evidence)
    return holds(expected, "so it was", evidence=evidence)


def _gated(stack: Stack, service: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """What was healthy or had ended well before the service could start, by the conditions of the file: its own, and
    those of what it starts after."""
    found: set[str] = set()
    for name, dependency in dependencies(stack.services[service]).items():
        if name in stack.services and name not in seen:
            found |= _gated(stack, name, seen | {service})
            found |= {name} if dependency.condition != "service_started" else set()
    return frozenset(found)


def _against(begun: Begun | None, name: str, until: str, began: float) -> str:
    moment = _moment(begun, until)
    return f"{name} {until} {moment - began:+.2f} s" if moment else f"{name} never {until}"


def _late(live: Live, service: str, needs: dict[str, str]) -> list[str]:
    """What the service should have waited for and did not, each with its time against the service's start."""
    starts = starts_of(live.events)
    own = starts.get(service)
    if own is None:
        return []
    moments = {name: _moment(starts.get(name), until) for name, until in needs.items()}
    late = [name for name, moment in moments.items() if not moment or moment > own.began + CLOCK]
    return [_against(starts.get(name), name, needs[name], own.began) for name in late]


CLOCK = 0.05
"""Seconds by which the times of an engine's events may contradict each other."""


def _moment(begun: Begun | None, until: str) -> float:
    if begun is None:
        return 0.0
    if until == "healthy":
        return begun.healthy
    return begun.ended if until == "completed" else begun.began


def _got_there(begun: Begun | None, until: str) -> bool:
    well = begun is not None and (until != "completed" or begun.code == 0)
    return well and bool(_moment(begun, until))


def _first_try(stack: Stack, service: Service) -> Check:
    criterion = Criterion(
        f"starts.once.{service.name}",
        Family.STARTS,
        f"{service.name} stays up from its first start",
        "the deaths of its containers while the stack started",
        "let it wait for what it needs (depends_on with a condition) instead of falling over until that is there",
        service.name,
    )
    return Check(
        criterion, partial(_try_once, service.name, waits_for(stack, service)), needs=(service.name,), limit=10
    )


async def _try_once(service: str, needs: dict[str, str], live: Live) -> Seen:
    expected = "no end on the way"
    if not live.events:
        restarts = sum(one.restarts for one in await live.containers(service))
        return skipped(f"{NOT_STARTED_HERE} ({restarts} restarts so far)")
    begun = starts_of(live.events).get(service)
    if begun is None:
        return skipped(f"{service} was not started")
    if not begun.deaths:
        return holds(expected, "it stayed")
    if _late(live, service, needs):
        return skipped(f"it did not wait for what it needs: starts.order.{service}")
    said = f"it ended {len(begun.deaths)} times before it stayed, with code {begun.code}"
    return short(expected, said, evidence=await _last_words(service, live))


# Its health check is one.


def _check_that_notices(service: Service) -> Iterator[Check]:
    if not has_check(service):
        return
    criterion = Criterion(
        f"starts.check.{service.name}",
        Family.STARTS,
        f"the health check of {service.name} notices when it does not work",
        "hold all its processes where they are, and run the check: it has to fail",
        "let the check ask the service something that only a working one answers",
        service.name,
    )
    check = service.healthcheck
    assert check
    yield Check(criterion, partial(_try_check, service.name, check), Touch.DISTURBS,
                f"holds {service.name} where it is for some seconds", (service.name,), (), 150)  # fmt: skip


async def _try_check(service: str, check: HealthCheck, live: Live) -> Seen:
    expected = f"the check fails while {service} stands still"
    shown = Evidence("the check", " ".join(check.test))
    reason = never_fails(check.test)
    if reason:
        return short(expected, f"it cannot fail: {reason}", evidence=(shown,))
    words = words_of(check)
    end = time.monotonic() + 30.0
    while not (before := await live.execute(service, *words, limit=min(check.patience, 20.0))).ok:
        if time.monotonic() > end:
            return short("the check passes while it works", before.text or "it fails", evidence=(shown,))
    patience = min(check.patience, 2.0 + 3 * before.seconds)
    began = time.monotonic()
    async with live.standing_still(service):
        while True:
            answer = await asked(live, service, words, patience)
            waited = time.monotonic() - began
            if not answer.ok or waited > _noticing(check):
                break
            await asyncio.sleep(min(2.0, 0.2 + waited))
    evidence = (shown, _said("while it works", before), _said("while it stands still", answer))
    if answer.ok:
        return short(expected, f"it still passes after {waited:.0f} s", evidence=evidence)
    return holds(expected, _failed(answer), evidence=evidence, measured=(("seconds until noticed", waited),))


def _said(when: str, answer: Answer) -> Evidence:
    return Evidence(when, answer.text if answer.text.strip() else "nothing is said")


def _noticing(check: HealthCheck) -> float:
    """Seconds that a check has to notice: one that reads the age of a file needs its time."""
    return min(check.failures * (check.every + check.patience), 90.0)


def _failed(answer: Answer) -> str:
    return "it gets no answer" if answer.code is None else f"it fails with {answer.code}"


# Another `up`.


def _again(oneshots: frozenset[str]) -> Check:
    criterion = Criterion(
        "starts.again",
        Family.STARTS,
        "starting what runs already changes nothing",
        "the plan of another up",
        "the plan names the cause: pin what differs from one reading of the files to the next",
    )
    return Check(criterion, partial(_try_again, oneshots), limit=60)


async def _try_again(oneshots: frozenset[str], live: Live) -> Seen:
    if live.failure:
        return skipped("the stack did not get ready in the first place")
    plan = await live.what_up_would_do()
    expected = "nothing to do"
    changes = changes_in(plan, oneshots)
    if not changes:
        return holds(expected, "nothing to do" if not plan else "nothing but what is meant to end and is done again")
    return short(expected, f"{len(changes)} operations", evidence=(Evidence("the plan", str(plan)),))


def changes_in(plan: Plan, oneshots: frozenset[str]) -> tuple[Operation, ...]:
    """What is done to services that are there already. One that is meant to end does its work again with each `up`,
    and others are looked after meanwhile: that is no change."""
    return tuple(
        one for one in plan.operations if one.kind != "wait" and not (one.kind == "start" and one.service in oneshots)
    )
