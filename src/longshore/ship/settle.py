"""Waits until a service of a Swarm is what it was told to be. The truth is in its tasks."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Any

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.ship.facts import Wanted
from longshore.ship.swarm import Swarm

__all__ = ["Sick", "Tasks", "finished", "settled", "tasks_of"]

AGAIN_SECONDS = 0.2
DEAD = ("failed", "rejected")
MOST_DEATHS = 3
WORDS_TRIES = 10
PENDING_SECONDS = 15.0
"""For how long a task may wait for a node that takes it."""
STEADY_SECONDS = 5.0
"""For how long a task without a health check must have run."""


class Sick(ShoreError):
    """A service does not become what it was told to be; `service` is its name in the file."""

    def __init__(self, service: str, why: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(f"{service}: {why}", details=details)
        self.service = service


@record
class Tasks:
    """Of a service's present spec: how many are wanted and run, what is wrong with the last dead one."""

    wanted: int
    running: int
    deaths: int
    pending: str
    why: str


def tasks_of(service: Mapping[str, Any], tasks: list[dict[str, Any]]) -> Tasks:
    """What the tasks say. Those of an earlier spec do not count, nor those that a forced update replaces."""
    template = service["Spec"]["TaskTemplate"]
    own = [
        task for task in tasks
        if task["Spec"].get("ContainerSpec") == template["ContainerSpec"]
        and task["Spec"].get("ForceUpdate", 0) == template.get("ForceUpdate", 0)
    ]  # fmt: skip
    alive = [task for task in own if task["DesiredState"] == "running"]
    running = [task for task in alive if task["Status"]["State"] == "running"]
    dead = [task for task in own if task["Status"]["State"] in DEAD]
    waiting = [task for task in alive if task["Status"]["State"] == "pending"]
    replicated = service["Spec"]["Mode"].get("Replicated")
    wanted = int(replicated["Replicas"]) if replicated else max(1, len(alive))
    last = max(dead, key=lambda task: task["Status"]["Timestamp"], default=None)
    return Tasks(
        wanted,
        len(running),
        len(dead),
        waiting[0]["Status"].get("Err", "") if waiting else "",
        _why(last) if last else "",
    )


def _why(task: Mapping[str, Any]) -> str:
    status = task["Status"]
    text = str(status.get("Err") or status.get("Message") or status["State"])
    if "network sandbox does not exist" in text:  # what an engine says of a task that it has just killed
        return "it was killed before its health check passed"
    return re.sub(r"task: non-zero exit \((\d+)\)", r"it ended with code \1", text)


async def settled(swarm: Swarm, one: Wanted, deadline: float, *, back: bool = False) -> None:
    """Return when all tasks run, healthy where they have a check, and the Swarm watches them no more. `back`: the
    service goes to what it was, and arrives there by the Swarm's own rollback too. Raises Sick."""
    steady: float | None = None
    pending_since: float | None = None
    checked = bool(one.rule and one.spec["TaskTemplate"]["ContainerSpec"].get("Healthcheck"))
    while True:
        service = await swarm.service(one.name)
        update = (service.get("UpdateStatus") or {}).get("State", "")
        if not back and update in ("paused", "rollback_started", "rollback_paused", "rollback_completed"):
            raise await _sick(swarm, one, await _last_death(swarm, one))
        tasks = tasks_of(service, await swarm.tasks(one.name))
        now = time.monotonic()
        if tasks.running >= tasks.wanted and update not in ("updating", "rollback_started"):
            steady = steady or now
            if back or checked or update == "completed" or now - steady >= STEADY_SECONDS:
                return
        else:
            steady = None
        if tasks.deaths >= MOST_DEATHS and not back and not update:
            raise await _sick(swarm, one, tasks.why)
        pending_since = (pending_since or now) if tasks.pending else None
        if pending_since and now - pending_since > PENDING_SECONDS:
            raise Sick(one.service, f"no node takes it: {tasks.pending}")
        if now > deadline:
            words = f"{tasks.running} of {tasks.wanted} tasks run and are healthy after the time that it had"
            raise await _sick(swarm, one, tasks.why or words)
        await asyncio.sleep(AGAIN_SECONDS)


async def finished(swarm: Swarm, one: Wanted, deadline: float, *, nodes: frozenset[str] = frozenset()) -> None:
    """Return when a job has ended with success; one of every node when it has on all `nodes`. Raises Sick."""
    job = one.spec["Mode"].get("ReplicatedJob")
    while True:
        tasks = await swarm.tasks(one.name)
        states = [task["Status"]["State"] for task in tasks]
        wanted = int(job["TotalCompletions"]) if job else max(1, len(tasks))
        done = {task.get("NodeID", "") for task in tasks if task["Status"]["State"] == "complete"}
        if states.count("complete") >= wanted and nodes <= done:
            return
        dead = next((t for t in tasks if t["Status"]["State"] in DEAD and t.get("NodeID", "") not in done), None)
        if dead:
            raise await _sick(swarm, one, _why(dead))
        if time.monotonic() > deadline:
            raise await _sick(swarm, one, "it does not end in the time that it had")
        await asyncio.sleep(AGAIN_SECONDS)


async def _last_death(swarm: Swarm, one: Wanted) -> str:
    """What the last task that did not stay says; a Swarm goes back a moment before that is known."""
    for _ in range(WORDS_TRIES):
        told = [task for task in await swarm.tasks(one.name) if task["Status"].get("Err")]
        if told:
            return _why(max(told, key=lambda task: str(task["Status"]["Timestamp"])))
        await asyncio.sleep(AGAIN_SECONDS)
    return "its new tasks did not run and stay healthy"


async def _sick(swarm: Swarm, one: Wanted, why: str) -> Sick:
    return Sick(one.service, why, await swarm.log(one.name))
