"""Emptying a node without a failed request: its services' new tasks run elsewhere, and are healthy, before the old ones
end. What can only run there is named first."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.ship.facts import Wanted
from longshore.ship.lock import alone
from longshore.ship.settle import settled
from longshore.ship.swarm import Swarm, usable
from longshore.ship.translate import PROJECT, SERVICE
from longshore.ship.updates import Rule

__all__ = ["Going", "drain", "going_of", "satisfies"]

EMPTY_SECONDS = 120.0
"""For how long the last tasks may take to end."""
_CONSTRAINT = re.compile(r"\s*([\w.\-/]+)\s*(==|!=)\s*(.*?)\s*")
Spec = Mapping[str, Any]


@record
class Going:
    """What runs on a node, by the Swarm's names of services: `moves` run elsewhere first; `stops` says of others why
    they cannot; `everywhere` have a task on every node, and this one's ends with the node."""

    moves: tuple[str, ...] = ()
    stops: Mapping[str, str] = EMPTY
    everywhere: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"move              {name}  (start-first)" for name in self.moves]
        lines += [f"stop              {name}  ({why})" for name, why in self.stops.items()]
        lines += [f"end               {name}  (it has a task on every node)" for name in self.everywhere]
        return "\n".join(lines)


def going_of(services: Iterable[Spec], node: Spec, others: Iterable[Spec]) -> Going:
    """By the specs of the services that have tasks on `node`. Pure."""
    free = tuple(others)
    moves, stops, everywhere = list[str](), dict[str, str](), list[str]()
    for spec in services:
        name = spec["Name"]
        constraints = (spec["TaskTemplate"].get("Placement") or {}).get("Constraints") or ()
        if "Replicated" not in spec["Mode"]:
            everywhere.append(name)
        elif not any(all(satisfies(one, text) for text in constraints) for one in free):
            wanted = " and ".join(constraints) or "tasks"
            stops[name] = f"no other node takes it: {wanted}"
        elif (spec.get("UpdateConfig") or {}).get("Order") != "start-first":
            stops[name] = "its old task ends before a new one begins"
        else:
            moves.append(name)
    return Going(tuple(moves), stops, tuple(everywhere))


def satisfies(node: Spec, constraint: str) -> bool:
    """Whether a Swarm would place a task there, as far as this one constraint goes. One of a kind that is not known
    here does not hold."""
    found = _CONSTRAINT.fullmatch(constraint)
    if not found:
        return False
    key, sign, value = found.groups()
    there = _value(node, key)
    return there is not None and (there.casefold() == value.casefold()) == (sign == "==")


def _value(node: Spec, key: str) -> str | None:
    description = node.get("Description") or {}
    engine = description.get("Engine") or {}
    for prefix, labels in (("node.labels.", node["Spec"].get("Labels")), ("engine.labels.", engine.get("Labels"))):
        if key.startswith(prefix):
            return str((labels or {}).get(key.removeprefix(prefix), ""))
    platform = description.get("Platform") or {}
    known = {
        "node.id": node["ID"], "node.hostname": description.get("Hostname", ""), "node.role": node["Spec"].get("Role"),
        "node.platform.os": platform.get("OS", ""), "node.platform.arch": platform.get("Architecture", ""),
    }  # fmt: skip
    found = known.get(key)
    return None if found is None else str(found)


def node_named(nodes: Iterable[Spec], name: str) -> Spec:
    """By its host name or id. Raises ShoreError with those that there are."""
    known = list(nodes)
    found = [one for one in known if name in (one["ID"], one["Description"]["Hostname"])]
    if len(found) != 1:
        there = ", ".join(sorted(f"{one['Description']['Hostname']} ({one['ID'][:12]})" for one in known))
        what = f"there is no node {name}" if not found else f"{len(found)} nodes are named {name}: say which by its id"
        raise ShoreError(what, hint=f"there are: {there}")
    return found[0]


async def look(swarm: Swarm, name: str) -> tuple[Spec, Going]:
    """The node, and what draining it comes to. Raises ShoreError where there is no other node that takes tasks."""
    nodes = await swarm.nodes()
    node = node_named(nodes, name)
    others = [one for one in nodes if usable(one) and one["ID"] != node["ID"]]
    if not others:
        raise ShoreError(f"{name} is the only node that takes tasks", hint="let another one join, or make one active")
    there = {task["ServiceID"] for task in await swarm.tasks_on(node["ID"])}
    specs = [one["Spec"] for one in await swarm.services() if one["ID"] in there]
    return node, going_of(sorted(specs, key=lambda spec: str(spec["Name"])), node, others)


async def drain(
    swarm: Swarm, name: str, allow: frozenset[str], timeout: float, now: str, say: Callable[[str], None]
) -> Going:
    """Pause the node, move what it has, then drain it. `allow` names services that may stop; `timeout` in seconds for
    each service. Raises ShoreError; the node is what it was then."""
    node, going = await look(swarm, name)
    refused = {one: why for one, why in going.stops.items() if one not in allow}
    if refused:
        words = "; ".join(f"{one} would stop: {why}" for one, why in refused.items())
        flags = " ".join(f"--allow-interruption {one}" for one in refused)
        raise ShoreError(words, hint=f"nothing was changed; if they may: shore ship drain {name} {flags}")
    before = node["Spec"]["Availability"]
    async with AsyncExitStack() as locks:
        for project in sorted(await _projects(swarm, going.moves)):
            await locks.enter_async_context(alone(swarm, project, f"ship drain {name}", now, say))
        await swarm.avail(node["ID"], "pause")
        try:
            await asyncio.gather(*(_moved(swarm, one, timeout, say) for one in going.moves))
        except BaseException:
            await asyncio.shield(swarm.avail(node["ID"], before))
            raise
        await swarm.avail(node["ID"], "drain")
    await _emptied(swarm, node["ID"], name)
    return going


async def _projects(swarm: Swarm, names: Iterable[str]) -> set[str]:
    """Of the services that a release of ours may change meanwhile."""
    found = [(await swarm.service(name))["Spec"].get("Labels") or {} for name in names]
    return {labels[PROJECT] for labels in found if SERVICE in labels and PROJECT in labels}


async def _moved(swarm: Swarm, name: str, timeout: float, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    spec = (await swarm.service(name))["Spec"]
    task = spec["TaskTemplate"]
    again = {**spec, "TaskTemplate": {**task, "ForceUpdate": task.get("ForceUpdate", 0) + 1}}
    await swarm.update_service(name, again)
    one = Wanted((spec.get("Labels") or {}).get(SERVICE, name), name, again, 0, rule=Rule("start-first", "", 0.0, 1))
    await settled(swarm, one, began + timeout)
    say(f"{name} runs elsewhere  ({time.monotonic() - began:.1f} s)")


async def _emptied(swarm: Swarm, node: str, name: str) -> None:
    end = time.monotonic() + EMPTY_SECONDS
    while any(task["Status"]["State"] == "running" for task in await swarm.tasks_on(node, desired="shutdown")):
        if time.monotonic() > end:
            raise ShoreError(f"{name} is drained, but tasks of it do not end", hint=f"docker node ps {name}")
        await asyncio.sleep(0.2)
