"""What a Swarm has of a project, as people want to see it, and taking all of it away."""

from __future__ import annotations

from typing import Any

from longshore.model.record import record
from longshore.ship.gather import releases_of
from longshore.ship.lock import holder, lock_name
from longshore.ship.proxy import Edges, Proxy
from longshore.ship.release import Release
from longshore.ship.routes import EDGE_NETWORK, Piece
from longshore.ship.settle import tasks_of
from longshore.ship.swarm import Swarm
from longshore.ship.translate import PROJECT, SERVICE

__all__ = ["Row", "Status", "status_of", "take_down"]

LEAVING_SECONDS = 60.0


@record
class Row:
    """A service: how many of its tasks run of those that are wanted, or how a job ended."""

    service: str
    image: str
    state: str
    trouble: str = ""


@record
class Status:
    rows: tuple[Row, ...]
    releases: tuple[Release, ...]
    lock: str = ""


async def status_of(swarm: Swarm, project: str) -> Status:
    rows = [await _row(swarm, one) for one in await swarm.services(project)]
    lock = (await swarm.configs(project)).get(lock_name(project))
    held = holder(lock["Spec"].get("Labels") or {}) if lock else ""
    return Status(tuple(sorted(rows, key=lambda row: row.service)), await releases_of(swarm, project), held)


async def _row(swarm: Swarm, one: dict[str, Any]) -> Row:
    spec = one["Spec"]
    tasks = await swarm.tasks(spec["Name"])
    name = (spec.get("Labels") or {}).get(SERVICE, spec["Name"])
    image = spec["TaskTemplate"]["ContainerSpec"]["Image"]
    if spec["Mode"].keys() & {"ReplicatedJob", "GlobalJob"}:
        states = [task["Status"]["State"] for task in tasks]
        ended = "ended with success" if "complete" in states else states[0] if states else "waits"
        return Row(name, image, ended)
    seen = tasks_of(one, tasks)
    update = (one.get("UpdateStatus") or {}).get("State", "")
    state = f"{seen.running} of {seen.wanted} run" + (f", {update}" if update not in ("", "completed") else "")
    return Row(name, image, state, seen.pending or (seen.why if seen.running < seen.wanted else ""))


async def take_down(swarm: Swarm, project: str, proxy: Proxy, now: str) -> tuple[str, ...]:
    """Take its routes away; remove services, networks, secrets, configs and releases; volumes stay. The names of the
    services and networks that were there."""
    services = await swarm.services(project)
    if project in await proxy.pieces():
        await proxy.route(Piece(project), await proxy.image(), Edges(()), now)
    for one in services:
        await swarm.remove("service", one["ID"])
    networks = [one for one in await swarm.networks() if (one.get("Labels") or {}).get(PROJECT) == project]
    for one in networks:
        await swarm.remove_when_free("network", one["Id"], LEAVING_SECONDS)
    stored = [("secret", one) for one in (await swarm.secrets(project)).values()]
    stored += [("config", one) for one in (await swarm.configs(project)).values()]
    for kind, one in stored:
        if one["Spec"]["Name"] != lock_name(project):
            await swarm.remove_when_free(kind, one["ID"], LEAVING_SECONDS)
    if not await proxy.pieces():
        await swarm.remove_when_free("network", EDGE_NETWORK, LEAVING_SECONDS)
    names = [(one["Spec"].get("Labels") or {}).get(SERVICE, one["Spec"]["Name"]) for one in services]
    return (*sorted(names), *sorted(one["Name"] for one in networks))
