"""A Swarm through one of its managers: the calls of the Engine API that a release needs, and nothing of a release."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

from longshore.docker.api.calls import Api
from longshore.docker.api.connection import Endpoint
from longshore.docker.api.errors import ApiError, Unreachable
from longshore.docker.api.frames import Demultiplexer
from longshore.docker.api.versions import ApiVersion
from longshore.model.errors import ShoreError
from longshore.ship.translate import PROJECT

__all__ = ["LEADER_SECONDS", "Swarm", "usable"]

T = TypeVar("T")
LEADER_SECONDS = 60.0
"""For how long a Swarm may be without a leader: electing one takes some 11 s."""
FREE_SECONDS = 60.0
"""For how long a name may still be taken by what was removed."""
AGAIN_SECONDS = 0.5
UNSETTLED = re.compile(r"leader|DeadlineExceeded|context deadline exceeded|raft", re.IGNORECASE)
LOG_LINES = 8
PASSING = re.compile(r"network (\S+) not found")
"""What a manager says of a network that the Swarm has not any more. Its node may list it still, as if it were there,
and then no other was made: it is made when a service asks for it."""
TAKEN = re.compile(r"name conflicts|already exists")
HELD = re.compile(r"in use|active endpoints")
"""What it says of what tasks hold on to."""


class Swarm:
    """`node` is the id of the manager that is spoken to."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.api, self.endpoint, self.node = Api(endpoint), endpoint, ""
        self._networks: dict[str, Mapping[str, Any]] = {}

    async def enter(self, *, init: bool = False) -> ApiVersion:
        """Make sure that this is a manager of a Swarm; the version of its API. `init`: where there is none, one of this
        node alone is made."""
        swarm = (await self.api.get("/info")).get("Swarm") or {}
        where = self.endpoint.url
        if swarm.get("LocalNodeState") == "inactive" and init:
            await self.api.post("/swarm/init", {"ListenAddr": "0.0.0.0:2377"})
            swarm = (await self.api.get("/info")).get("Swarm") or {}
        if swarm.get("LocalNodeState") != "active":
            raise ShoreError(f"the engine at {where} is in no Swarm", hint="make one of it: shore ship --init")
        if not swarm.get("ControlAvailable"):
            others = ", ".join(one["Addr"].rpartition(":")[0] for one in swarm.get("RemoteManagers") or ())
            raise ShoreError(
                f"the engine at {where} is a worker of its Swarm, not a manager", hint=f"managers: {others}"
            )
        self.node = swarm["NodeID"]
        return await self.api.version()

    async def _led(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask again while the Swarm has no leader or its managers do not agree in time (one of them went or came
        back), and while there is no connection: ssh makes one anew."""
        return await _again(ask, _unsettled, LEADER_SECONDS)

    async def _made(self, ask: Callable[[], Awaitable[object]]) -> None:
        """The same of what is made: it may have been when the managers took too long to say so."""
        tries = 0

        async def again() -> None:
            nonlocal tries
            tries += 1
            try:
                await ask()
            except ApiError as error:
                if error.status != 409 or tries == 1:
                    raise

        await self._led(again)

    async def _list(self, path: str, project: str = "", **filters: list[str]) -> list[dict[str, Any]]:
        wanted = {**filters, **({"label": [f"{PROJECT}={project}"]} if project else {})}
        found: list[dict[str, Any]] = await self._led(lambda: self.api.get(path, filters=json.dumps(wanted)))
        return found or []

    async def services(self, project: str = "") -> list[dict[str, Any]]:
        return await self._list("/services", project)

    async def nodes(self) -> list[dict[str, Any]]:
        return await self._list("/nodes")

    async def networks(self) -> list[dict[str, Any]]:
        return await self._list("/networks")

    async def tasks(self, service: str) -> list[dict[str, Any]]:
        return await self._list("/tasks", service=[service])

    async def tasks_on(self, node: str, desired: str = "running") -> list[dict[str, Any]]:
        wanted: dict[str, list[str]] = {"node": [node], "desired-state": [desired]}
        return await self._list("/tasks", "", **wanted)

    async def secrets(self, project: str = "") -> dict[str, dict[str, Any]]:
        return {one["Spec"]["Name"]: one for one in await self._list("/secrets", project)}

    async def configs(self, project: str = "") -> dict[str, dict[str, Any]]:
        return {one["Spec"]["Name"]: one for one in await self._list("/configs", project)}

    async def service(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = await self._led(lambda: self.api.get(f"/services/{name}"))
        return found

    async def create_service(self, spec: Mapping[str, Any], auth: Mapping[str, str] | None = None) -> None:
        async def ask() -> None:
            async with await self.api.stream("POST", "/services/create", body=spec, headers=auth) as reply:
                await reply.read()

        await self._made(lambda: self._on_networks(ask))

    async def _on_networks(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The same for a service, whose networks are in the Swarm when it is made or changed."""

        async def again() -> T:
            try:
                return await ask()
            except ApiError as error:
                found = PASSING.search(error.what)
                if found and found[1] in self._networks:
                    await self._network(self._networks[found[1]])
                raise

        return await _again(again, lambda error: _says(error, PASSING), FREE_SECONDS)

    async def _network(self, body: Mapping[str, Any]) -> None:
        """Make it unless the Swarm itself says that it has one."""
        try:
            await self._led(lambda: self.api.post("/networks/create", body))
        except ApiError as error:
            if error.status != 409 and not _says(error, TAKEN):  # two services may ask at once
                raise

    async def update_service(self, name: str, spec: Mapping[str, Any]) -> None:
        """In place of whatever is there."""
        await self._on_networks(lambda: self._changed("service", name, lambda _: spec))

    async def remove(self, kind: str, name: str) -> None:
        """A service, network, secret or config; one that is not there is no failure."""

        async def ask() -> None:
            try:
                await self.api.delete(f"/{kind}s/{name}")
            except ApiError as error:
                if error.status != 404 and "not found" not in error.what:
                    raise

        await self._led(ask)

    async def remove_when_free(self, kind: str, name: str, seconds: float) -> None:
        """The same of what tasks that are ending may still hold on to."""
        await _again(lambda: self.remove(kind, name), lambda error: _says(error, HELD), seconds, pause=0.2)

    async def create_network(self, body: Mapping[str, Any]) -> None:
        """Where the Swarm has none of that name. A node that has just lost one of the name may still list it, and
        refuses another until it is gone there too."""

        self._networks[body["Name"]] = body

        async def make() -> None:
            while not await self._led(lambda: self.api.find(f"/networks/{body['Name']}", scope="swarm")):
                await self._led(lambda: self.api.post("/networks/create", body))

        await _again(make, lambda error: isinstance(error, ApiError) and error.status == 409, FREE_SECONDS)

    async def store(
        self, kind: str, name: str, content: bytes, labels: Mapping[str, str], *, sole: bool = False
    ) -> None:
        """A secret or config. ApiError 409 where the name is taken; with `sole` also where it may be by this very
        call, which the managers took too long to answer."""
        body = {"Name": name, "Labels": dict(labels), "Data": base64.b64encode(content).decode()}
        await (self._led if sole else self._made)(lambda: self.api.post(f"/{kind}s/create", body))

    async def label(self, kind: str, name: str, labels: Mapping[str, str]) -> None:
        """More labels, or others, for a config or node; all else of it stays."""

        await self._changed(kind, name, lambda spec: {**spec, "Labels": {**(spec.get("Labels") or {}), **labels}})

    async def avail(self, node: str, availability: str) -> None:
        """A node takes tasks (active), keeps those that it has (pause), or has none (drain)."""
        await self._changed("node", node, lambda spec: {**spec, "Availability": availability})

    async def _changed(self, kind: str, name: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        """What `change` makes of the spec that is there: the version is asked for, and once more where another was
        faster."""

        async def ask() -> None:
            there = await self.api.get(f"/{kind}s/{name}")
            version = there["Version"]["Index"]
            await self.api.post(f"/{kind}s/{there['ID']}/update", change(there["Spec"]), version=version)

        for tries in range(5):
            try:
                return await self._led(ask)
            except ApiError as error:
                if "out of sequence" not in error.what or tries == 4:
                    raise
        return None

    async def log(self, service: str) -> tuple[str, ...]:
        """The last lines that a service's tasks wrote; none where they cannot be had."""
        try:
            async with asyncio.timeout(5):
                return tuple((await self.written(service, tail=LOG_LINES)).splitlines()[-LOG_LINES:])
        except (ShoreError, TimeoutError):
            return ()

    async def written(self, service: str, **query: object) -> str:
        """What the tasks of a service have written until now; `query` as the Engine API has it."""
        frames, asked = Demultiplexer(), {"stdout": True, "stderr": True, **query}
        async with await self.api.stream("GET", f"/services/{service}/logs", query=asked) as reply:
            text = b"".join(frame for _, frame in frames.feed(await reply.read()))
        return text.decode("utf-8", "replace")

    async def lines(self, service: str, *, follow: bool) -> AsyncIterator[str]:
        """What the tasks of a service wrote, a line at a time; with `follow` on and on."""
        frames, rest = Demultiplexer(), dict[str, bytes]()
        query = {"stdout": True, "stderr": True, "follow": follow}
        async with await self.api.stream("GET", f"/services/{service}/logs", query=query) as reply:
            async for chunk in reply.chunks():
                for stream, frame in frames.feed(chunk):
                    *whole, rest[stream] = (rest.get(stream, b"") + frame).split(b"\n")
                    for line in whole:
                        yield line.decode("utf-8", "replace")
        for left in filter(None, rest.values()):
            yield left.decode("utf-8", "replace")


async def _again(
    ask: Callable[[], Awaitable[T]], passes: Callable[[ShoreError], bool], seconds: float, pause: float = AGAIN_SECONDS
) -> T:
    """Ask until there is no error that `passes` by itself, for so many seconds, with a pause between."""
    end = time.monotonic() + seconds
    while True:
        try:
            return await ask()
        except ShoreError as error:
            if not passes(error) or time.monotonic() > end:
                raise
        await asyncio.sleep(pause)


def _says(error: ShoreError, words: re.Pattern[str]) -> bool:
    return isinstance(error, ApiError) and bool(words.search(error.what))


def _unsettled(error: ShoreError) -> bool:
    return isinstance(error, Unreachable) or _says(error, UNSETTLED)


def usable(node: Mapping[str, Any]) -> bool:
    return bool(node["Spec"]["Availability"] == "active" and node["Status"]["State"] == "ready")
