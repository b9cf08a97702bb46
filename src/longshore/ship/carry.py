"""Carries a plan out, wave by wave, and takes it back where it cannot be carried out whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from longshore.docker.api.errors import ApiError
from longshore.model.errors import ShoreError
from longshore.model.quantities import SECOND
from longshore.model.record import record
from longshore.ship.facts import Ship, Wanted
from longshore.ship.plan import FINGERPRINT, Plan, Step
from longshore.ship.probes import Watch
from longshore.ship.proxy import Edges, Proxy
from longshore.ship.release import Release
from longshore.ship.routes import Piece
from longshore.ship.settle import DEAD, Sick, finished, settled
from longshore.ship.swarm import Swarm, usable
from longshore.ship.translate import PROJECT

__all__ = ["Carrier", "Entrance", "with_ids"]

BACK_SECONDS = 300.0
INIT = ("/sbin/docker-init", "--version")
"""A program that a Swarm brings into any image, one without a shell too."""


def with_ids(spec: Mapping[str, Any], secrets: Mapping[str, Any], configs: Mapping[str, Any]) -> dict[str, Any]:
    """The spec as the API takes it: secrets and configs by their ids. Raises ShoreError for one that is not there."""
    task = spec["TaskTemplate"]
    container = dict(task["ContainerSpec"])
    for kind, there in (("Secret", secrets), ("Config", configs)):
        found = []
        for ref in container.get(f"{kind}s") or ():
            name = ref[f"{kind}Name"]
            if name not in there:
                raise ShoreError(f"the {kind.lower()} {name} is not in the Swarm",
                                 hint=f"docker {kind.lower()} create {name} FILE, or ship from the file")  # fmt: skip
            found.append({**ref, f"{kind}ID": there[name]["ID"]})
        if found:
            container[f"{kind}s"] = found
    return {**spec, "TaskTemplate": {**task, "ContainerSpec": container}}


@record
class Entrance:
    """The proxy, the nodes it runs on, and its image, should it not run yet; `published`: by a registry's digest.
    `before`: the routes that the project had."""

    proxy: Proxy
    edges: Edges
    image: str
    published: bool
    before: Piece


class Carrier:
    """For one release. `auth` is the login for a registry, as the API's header."""

    def __init__(
        self, swarm: Swarm, ship: Ship, plan: Plan, timeout: float, say: Callable[[str], None],
        auth: Mapping[str, str], entrance: Entrance | None = None,
    ) -> None:  # fmt: skip
        self.entrance, self.rerouted = entrance, False
        self._reroutes = entrance is not None and next(plan.of("reload proxy"), None) is not None
        self.swarm, self.ship, self.plan, self.say, self.auth = swarm, ship, plan, say, auth
        self.timeout = timeout
        self._wanted = {one.service: one for one in plan.wanted}

    async def everywhere(self) -> None:
        """Every node gets every new image by a global job of that image; raises with the node's name."""
        await asyncio.gather(*(self._pulled(step.subject) for step in self.plan.of("pull everywhere")))

    async def _pulled(self, image: str) -> None:
        name = f"{self.ship.project}_pull-{image.rpartition(':')[2][:12]}"
        container = {"Image": image, "Command": list(INIT), "Init": True}
        spec = {
            "Name": name, "Labels": {PROJECT: self.ship.project}, "Mode": {"GlobalJob": {}},
            "TaskTemplate": {"ContainerSpec": container, "RestartPolicy": {"Condition": "none"}},
        }  # fmt: skip
        await self.swarm.remove("service", name)
        await self.swarm.create_service(spec, self.auth)
        try:
            await self._on_all_nodes(name, image)
        finally:
            await asyncio.shield(self.swarm.remove("service", name))
        self.say(f"on every node  {image}")

    async def _on_all_nodes(self, name: str, image: str) -> None:
        deadline = time.monotonic() + self.timeout
        while True:
            found = await self.swarm.nodes()
            nodes = {one["ID"]: one["Description"]["Hostname"] for one in found if usable(one)}
            tasks = await self.swarm.tasks(name)
            done = {task["NodeID"] for task in tasks if task["Status"]["State"] == "complete"}
            for task in tasks:
                if task["Status"]["State"] in DEAD and task.get("NodeID") not in done:
                    where, why = nodes.get(task.get("NodeID", ""), "a node"), task["Status"].get("Err", "")
                    raise ShoreError(
                        f"{where} cannot run {image}: {why}", hint="nothing was changed; the old release runs"
                    )
            if nodes.keys() <= done:
                return
            if time.monotonic() > deadline:
                waiting = ", ".join(sorted(nodes[one] for one in nodes.keys() - done))
                raise ShoreError(
                    f"{image} does not come to {waiting}", hint="nothing was changed; the old release runs"
                )
            await asyncio.sleep(0.2)

    async def store(self) -> None:
        """Networks, secrets and configs."""
        labels = {PROJECT: self.ship.project}
        for body in self.ship.networks.values():
            await self.swarm.create_network(body)
        missing = {step.subject for step in self.plan.of("create secret", "create config")}
        for one in self.ship.stored:
            if one.name in missing:
                await self.swarm.store(one.kind, one.name, one.content, labels)

    async def waves(self, watch: Watch | None) -> None:
        """Raises Sick, or ShoreError where a route that is watched does not answer any more."""
        moving = list(self.plan.of("run job", "create service", "update service"))
        for wave in sorted({step.wave for step in moving}):
            steps = [step for step in moving if step.wave == wave]
            await self._watched([self._step(step) for step in steps], watch)

    async def edge(self) -> None:
        """What of the proxy must be there before its services change: its network, and its image on every node."""
        if not self.entrance or not self._reroutes:
            return
        await self.entrance.proxy.network()
        if not await self.entrance.proxy.image() and self.entrance.published:
            await self._pulled(self.entrance.image)

    async def routes(self, piece: Piece | None, now: str) -> None:
        """Put a project's routes in force."""
        if not self.entrance or not self._reroutes or piece is None:
            return
        began = time.monotonic()
        entrance, self.rerouted = self.entrance, True
        await entrance.proxy.route(piece, await entrance.proxy.image() or entrance.image, entrance.edges, now)
        self.say(f"the proxy has its routes  ({time.monotonic() - began:.1f} s)")

    async def _watched(self, work: list[Any], watch: Watch | None) -> None:
        tasks = [asyncio.create_task(one) for one in work]
        broken = asyncio.create_task(watch.broken.wait()) if watch else None
        try:
            waiting = {*tasks}
            while waiting:
                done, _ = await asyncio.wait(
                    {*waiting, *([broken] if broken else [])}, return_when=asyncio.FIRST_COMPLETED
                )
                if watch and broken in done:
                    raise ShoreError(f"a route does not answer any more: {watch.trouble}")
                for one in done:
                    waiting.discard(one)
                    one.result()
        finally:
            for one in (*tasks, *([broken] if broken else [])):
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _step(self, step: Step) -> None:
        one = self._wanted[step.subject]
        began = time.monotonic()
        spec = with_ids(one.spec, await self.swarm.secrets(), await self.swarm.configs())
        deadline = began + self.timeout
        try:
            if step.kind == "run job":
                await self.swarm.remove("service", one.name)
                await self.swarm.create_service(spec)
                await finished(self.swarm, one, deadline)
            else:
                if step.kind == "create service":
                    await self.swarm.create_service(spec)
                else:
                    await self.swarm.update_service(one.name, spec)
                await settled(self.swarm, one, deadline)
        except ApiError as error:
            raise Sick(one.service, error.what) from error
        word = {"run job": "ended with success", "create service": "runs", "update service": "is updated"}[step.kind]
        self.say(f"{one.service} {word}  ({time.monotonic() - began:.1f} s)")

    async def back(self, live: Release | None, now: str) -> None:
        """All services as the last whole release had them; those that it did not have are removed."""
        if self.entrance and self.rerouted:
            entrance = self.entrance
            await entrance.proxy.route(entrance.before, await entrance.proxy.image(), entrance.edges, now)
        before = {one.name: one for one in live.services} if live else {}
        secrets, configs = await self.swarm.secrets(), await self.swarm.configs()
        there = {one["Spec"]["Name"]: one["Spec"] for one in await self.swarm.services(self.ship.project)}
        going: list[Wanted] = []
        for one in self.plan.wanted:
            old = before.get(one.name)
            if one.job or one.name not in there:
                continue
            if old is None:
                await self.swarm.remove("service", one.name)
                self.say(f"{one.service} is removed: no release before this one had it")
                continue
            if (there[one.name].get("Labels") or {}).get(FINGERPRINT) != old.spec["Labels"][FINGERPRINT]:
                await self.swarm.update_service(one.name, with_ids(_going_back(old.spec), secrets, configs))
            going.append(old)
        deadline = time.monotonic() + BACK_SECONDS
        await asyncio.gather(*(settled(self.swarm, one, deadline, back=True) for one in going))
        if live:
            self.say(f"all services are as release {live.number} had them")


def _going_back(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Without a rollback of its own: what the Swarm would go back to is what failed."""
    return {**spec, "UpdateConfig": {**spec["UpdateConfig"], "FailureAction": "continue", "Monitor": SECOND}}
