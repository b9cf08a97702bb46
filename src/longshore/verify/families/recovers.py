"""Recovers: every service ends when it is asked to, with what it had begun; one that was killed is back, and those that
depend on it work again."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from longshore.doctor.silence import lived_with
from longshore.model.service import Service
from longshore.state.observed import Container
from longshore.verify.check import Check, Subject, Touch, holds, short, skipped
from longshore.verify.exchange import NoHttp, ask
from longshore.verify.families.reachable import ask_id, health_path
from longshore.verify.hosts import hosts_named
from longshore.verify.inflight import InFlight
from longshore.verify.live import Live, cannot
from longshore.verify.probing import probe, until_works
from longshore.verify.result import Criterion, Evidence, Family, Seen
from longshore.verify.settings import Slow, Task, budget_of, slow_of, task_of

__all__ = ["criteria", "dependents_of"]

NO_POLICY = "compose.no-restart-policy"
KILLED = 137
DEVELOPMENT = re.compile(
    r"\brunserver\b|--reload\b|\bnext dev\b|\bvite\b|\bflask\b.*\brun\b|\bnodemon\b|watchmedo|hupper"
)
"""Servers that start again by themselves when a file changes, and drop what they are at."""


def criteria(subject: Subject) -> tuple[Check, ...]:
    faults = [_Fault(subject, service) for service in subject.lasting]
    return (
        *(_stops(service) for service in subject.lasting),
        *(_finishes(service) for service in subject.lasting if slow_of(service)),
        *(_finishes_task(service) for service in subject.lasting if task_of(service)),
        *map(_is_back, faults),
        *(check for fault in faults for check in _dependents(fault)),
    )


# It ends when it is asked to.


def _stops(service: Service) -> Check:
    criterion = Criterion(
        f"recovers.stops.{service.name}",
        Family.RECOVERS,
        f"{service.name} ends when it is asked to",
        f"its stop signal, and {service.stop_grace_period:g} s to end by itself",
        "let the main process get the signal (exec in scripts, CMD as a list, init: true) and act on it",
        service.name,
    )
    does = f"stops {service.name} and starts it again"
    limit = service.stop_grace_period + 30
    return Check(criterion, partial(_try_stop, service), Touch.DISTURBS, does, (service.name,), limit=limit)


async def _try_stop(service: Service, live: Live) -> Seen:
    grace = service.stop_grace_period
    expected = f"an end of its own within {grace:g} s"
    since, began = time.time(), time.monotonic()
    stopped = await live.stop(service.name)
    took = time.monotonic() - began
    measured = (("seconds until stopped", took),)
    lines = [line.text for line in await live.logs(service.name, since=since)][-10:]
    evidence = (Evidence("its last lines", "\n".join(lines)),) if lines else ()
    if stopped.exit_code == KILLED:
        return short(
            expected, f"it was killed after {took:.1f} s (exit code 137)", evidence=evidence, measured=measured
        )
    said = f"it ended with {stopped.exit_code} after {took:.2f} s"
    return holds(expected, said, evidence=evidence, measured=measured)


# With what it had begun.


def _finishes(service: Service) -> Check:
    slow = slow_of(service)
    assert slow
    criterion = Criterion(
        f"recovers.request.{service.name}",
        Family.RECOVERS,
        f"{service.name} finishes a request that is under way when it is asked to end",
        f"{slow.method} {slow.path}, and the stop signal while it is at it",
        "let the server stop taking requests first, and end when those under way are answered",
        service.name,
    )
    does = f"stops {service.name} and starts it again"
    limit = service.stop_grace_period + 60
    run = partial(_try_request, service, slow)
    causes = (f"recovers.stops.{service.name}", ask_id(service.name))
    return Check(criterion, run, Touch.DISTURBS, does, (service.name,), causes, limit)


async def _try_request(service: Service, slow: Slow, live: Live) -> Seen:
    server = await _development_server(live, service.name)
    if server:
        return skipped(f"“{server}” is a development server, which starts anew and drops what it is at")
    ports = [port.target for port in service.ports if port.protocol == "tcp"]
    if not ports:
        raise cannot(f"{service.name} publishes no port to ask at")
    expected = "its answer, whole"
    async with InFlight(await live.address(service.name, ports[0]), slow) as request:
        early = await request.begin()
        if early:
            raise cannot(f"{slow.path} was answered before the signal came: {early}", "name one that takes a second")
        stopping = asyncio.create_task(live.stop(service.name))
        try:
            answer = await request.end(service.stop_grace_period)
        except NoHttp as error:
            await stopping
            return short(expected, f"none: {error}")
        stopped = await stopping
    said = f"HTTP {answer.status}, {answer.seconds:.2f} s after the request began; it ended with {stopped.exit_code}"
    evidence = (answer.evidence(),)
    if answer.status >= 500:
        return short(expected, said, evidence=evidence)
    return holds(expected, said, evidence=evidence)


async def _development_server(live: Live, service: str) -> str:
    """The command line of a development server among its processes; "" where there is none."""
    commands = [process.command for process in await live.processes(service)]
    return next((command[:60] for command in commands if DEVELOPMENT.search(command)), "")


def _finishes_task(service: Service) -> Check:
    task = task_of(service)
    assert task
    criterion = Criterion(
        f"recovers.task.{service.name}",
        Family.RECOVERS,
        f"{service.name} finishes a task that it has begun when it is asked to end",
        f"send it {task.name}, and the stop signal while it is at it",
        "give it the time: stop_grace_period longer than the longest task",
        service.name,
    )
    does = f"stops {service.name} and starts it again"
    limit = service.stop_grace_period + 60
    run = partial(_try_task, service, task)
    return Check(criterion, run, Touch.DISTURBS, does, (service.name,), (f"recovers.stops.{service.name}",), limit)


async def _try_task(service: Service, task: Task, live: Live) -> Seen:
    commands = [process.command for process in await live.processes(service.name)]
    match = next(
        (m for command in commands if (m := re.search(r"celery\b.*?(?:-A|--app)[ =](\S+).*\bworker\b", command))), None
    )
    if match is None:
        raise cannot(f"no Celery worker runs in {service.name}")
    since = time.time() - 1
    marker = f"shore-{secrets.token_hex(6)}"
    args, kwargs = (json.dumps(given, default=_plain).replace("{marker}", marker) for given in (task.args, task.kwargs))
    words = ("celery", "-A", match[1], "call", task.name, "--args", args, "--kwargs", kwargs)
    sent = await live.execute(service.name, *words, limit=30)
    if not sent.ok:
        raise cannot(f"{task.name} could not be sent: {sent.text}")
    ident = sent.out.split()[-1]
    if not await _logged(live, service.name, since, f"[{ident}] received", 20):
        raise cannot(f"{task.name} was not taken up")
    await asyncio.sleep(0.3)
    if await _logged(live, service.name, since, f"[{ident}] succeeded", 0):
        raise cannot(f"{task.name} was done before the signal came", "name one that takes a second or two")
    stopped = await live.stop(service.name)
    done = await _logged(live, service.name, since, f"[{ident}] succeeded", 0)
    lines = [line.text for line in await live.logs(service.name, since=since) if ident in line.text]
    evidence = (Evidence("what it wrote of the task", "\n".join(lines)),)
    said = f"it ended with {stopped.exit_code}"
    if not done or stopped.exit_code == KILLED:
        return short("the task done before the end", f"{said}, the task {'done' if done else 'not'}", evidence=evidence)
    return holds("the task done before the end", f"done, then {said}", evidence=evidence)


def _plain(value: Any) -> Any:
    """What JSON has no word for: the frozen forms of what the file says."""
    return dict(value) if isinstance(value, Mapping) else list(value)


async def _logged(live: Live, service: str, since: float, text: str, within: float) -> bool:
    """Whether a line with this text comes within so many seconds."""
    end = time.monotonic() + within
    while True:
        if any(text in line.text for line in await live.logs(service, since=since)):
            return True
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.1)


# It is back after a fault, and those that depend on it work again: one kill shows both.


class _Fault:
    """A service that is killed once. `seen` is of its own return; what its dependents did then is kept for theirs."""

    def __init__(self, subject: Subject, service: Service) -> None:
        self.service = service
        self.why = lived_with(subject.stack, service.name, NO_POLICY)
        self.others = dependents_of(subject, service)
        self._of_others: Seen | None = None

    async def seen(self, live: Live) -> Seen:
        """Whether it is back; the others are asked as well."""
        service, budget = self.service, budget_of(self.service)
        expected = f"working again within {budget:g} s"
        if service.restart.condition == "no":
            return skipped(self.why) if self.why else short(expected, "it has no restart policy: it would stay down")
        able = await self._able(live)
        before = await live.crash(service.name)
        began = time.monotonic()
        if not await _started_anew(live, service.name, before, budget):
            there = await live.containers(service.name)
            return short(expected, f"it is {there[0].state if there else 'gone'} after {budget:g} s")
        running = time.monotonic() - began
        works, said = await until_works(live, service, budget)
        took = time.monotonic() - began
        measured = (("seconds until running", running), ("seconds until working", took))
        words = f"running again after {running:.2f} s, working after {took:.2f} s"
        if not works:
            return short(expected, f"it runs again, and does not work: {said}", measured=measured)
        if able:
            self._of_others = await _as_before(live, able, began)
        return holds(expected, words, measured=measured)

    async def seen_of_others(self, live: Live) -> Seen:
        """Whether the others work again; killed once more where its own criterion was not tried, or they did not work
        before."""
        if self._of_others is None and not await self._able(live):
            await live.restarted()  # they may suffer from what an earlier check has done
            if not await self._able(live):
                raise cannot("none of them worked before")
        if self._of_others is None:
            own = await self.seen(live)
            if self._of_others is None:
                return skipped(f"{self.service.name} did not come back: {own.seen}")
        return self._of_others

    async def _able(self, live: Live) -> list[Service]:
        return [one for one in self.others if (await until_works(live, one, SLOW, _works))[0]]


def _is_back(fault: _Fault) -> Check:
    service = fault.service
    criterion = Criterion(
        f"recovers.killed.{service.name}",
        Family.RECOVERS,
        f"{service.name} is back by itself after its process was killed",
        f"kill it as a fault would; its policy is restart: {service.restart.condition}",
        "give it a policy: restart: unless-stopped",
        service.name,
    )
    limit = budget_of(service) + sum(map(budget_of, fault.others)) + 90
    return Check(criterion, fault.seen, Touch.DISTURBS, f"kills {service.name}", (service.name,), limit=limit)


async def _started_anew(live: Live, service: str, before: Container, within: float) -> bool:
    """Whether it runs again within so many seconds, in the container that it was in or in another."""
    end = time.monotonic() + within
    while True:
        there = await live.containers(service)
        if any(one.state == "running" and (one.id != before.id or one.started > before.started) for one in there):
            return True
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.05)


def dependents_of(subject: Subject, service: Service) -> tuple[Service, ...]:
    """The lasting services that depend on it or name it."""
    others = (one for one in subject.lasting if one.name != service.name)
    return tuple(one for one in others if service.name in {*one.depends_on, *hosts_named(subject.stack, one)})


def _dependents(fault: _Fault) -> Iterator[Check]:
    service, others = fault.service, fault.others
    if not others or service.restart.condition == "no":
        return
    names = ", ".join(one.name for one in others)
    criterion = Criterion(
        f"recovers.dependents.{service.name}",
        Family.RECOVERS,
        f"{names} {'work' if len(others) > 1 else 'works'} again after {service.name} was killed",
        f"kill {service.name}; when it is back, ask the others as before",
        "let them connect again instead of holding on to a connection that is gone",
        service.name,
    )
    needs = (service.name, *(one.name for one in others))
    limit = 2 * budget_of(service) + sum(map(budget_of, others)) + 90
    yield Check(criterion, fault.seen_of_others, Touch.DISTURBS, f"kills {service.name}", needs,
        (f"recovers.killed.{service.name}",), limit)  # fmt: skip


async def _as_before(live: Live, able: list[Service], began: float) -> Seen:
    """Whether those that worked before the kill, at `began`, do so again."""
    lines: list[str] = []
    broken: list[str] = []
    budget = max(map(budget_of, able))
    for one in able:
        works, said = await until_works(live, one, max(1.0, budget - (time.monotonic() - began)), _works)
        lines.append(f"{one.name}: {said} after {time.monotonic() - began:.2f} s")
        broken += [] if works else [f"{one.name}: {said}"]
    evidence = (Evidence("what they answered", "\n".join(lines)),)
    expected = f"{', '.join(one.name for one in able)} as before within {budget:g} s"
    if broken:
        return short(expected, "; ".join(broken), evidence=evidence)
    return holds(expected, f"all work, {time.monotonic() - began:.2f} s after the kill", evidence=evidence)


SLOW = 10.0
"""Seconds for which a service that is to work is asked again: a probe may be late on a busy machine."""


async def _works(live: Live, service: Service) -> tuple[bool, str]:
    """Whether it does what can be asked of it: its check, and the page or health endpoint that it publishes."""
    ok, said = await probe(live, service)
    if not ok:
        return ok, said
    for port in service.ports:
        if port.protocol == "tcp":
            try:
                path = health_path(service.healthcheck, port.target) or "/"
                answer = await ask(await live.address(service.name, port.target), path)
            except NoHttp:
                continue
            return answer.status < 500, f"HTTP {answer.status}"
    return ok, said
