"""The engine's own event stream, told in Longshore's words; together with it, eager health of what starts.

Order matters: subscribe first, then tell the present state, then what the engine says from there on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, cast

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import went_away
from longshore.docker.container.health import check_of, watch_until_healthy
from longshore.docker.project import labels, observe
from longshore.docker.seenhealthy import Seen
from longshore.health.monitor import ProbeResult
from longshore.health.schedule import Status
from longshore.model.record import record, replace
from longshore.model.restarts import SETTLED, backoff
from longshore.state.events import (
    ContainerCreated,
    ContainerDied,
    ContainerHealth,
    ContainerRemoved,
    ContainerRestarting,
    ContainerStopped,
    Event,
    killed_by,
    present,
    started,
)

__all__ = ["EventStream", "will_restart"]

_ASKED = ("create", "start", "die", "kill", "oom", "destroy", "health_status", "pause", "unpause")
_PODMANS = {"died": "die", "remove": "destroy"}
"""Podman's own names for two of them, by which alone it lets them through a filter."""


@record(frozen=False)
class _Watched:
    """What is known of one container between two events."""

    inspected: Mapping[str, Any]
    started: float = 0.0
    ended: float = 0.0
    """When the run that has ended began."""
    deaths: int = 0
    attempts: int = 0
    killed: bool = False
    oom: bool = False
    healthy: bool = False
    probing: asyncio.Task[None] | None = None


def will_restart(policy: Mapping[str, Any], exit_code: int, deaths: int, *, asked: bool) -> bool:
    """Whether the engine starts a container again that ended for the `deaths`-th time in a row. Pure."""
    name, most = policy.get("Name", ""), int(policy.get("MaximumRetryCount") or 0)
    if asked or name not in ("always", "unless-stopped", "on-failure"):
        return False
    return name != "on-failure" or (exit_code != 0 and (not most or deaths <= most))


def last_result(inspected: Mapping[str, Any]) -> tuple[str, int]:
    """What the engine's own last health check printed, and its exit code. Pure."""
    kept = (inspected["State"].get("Health") or {}).get("Log") or ()
    return (str(kept[-1].get("Output", "")), int(kept[-1].get("ExitCode") or 0)) if kept else ("", 0)


class EventStream:
    """One subscription. Iterate it; leaving the loop ends the probes."""

    def __init__(self, api: Api, project: str, seen: Seen) -> None:
        self._api, self._seen = api, seen
        self._marks = labels.of_project(project)
        self._queue: asyncio.Queue[Event | Exception] = asyncio.Queue()
        self._watched: dict[str, _Watched] = {}
        self._podman = False

    async def __aiter__(self) -> AsyncIterator[Event]:
        reader = asyncio.create_task(self._read())
        try:
            while True:
                item = await self._queue.get()
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            reader.cancel()
            for watched in self._watched.values():
                self._stop_probing(watched)
            with contextlib.suppress(asyncio.CancelledError):
                await reader

    async def _read(self) -> None:
        query: dict[str, Any] = {"filters": {"type": ["container"], "event": list(_ASKED), "label": self._marks}}
        try:
            self._podman = await self._api.is_podman()
            if self._podman:  # it answers before it listens: what happens in between would never be told
                query["since"] = f"{time.time():.6f}"
                query["filters"]["event"] += _PODMANS
            async with await self._api.stream("GET", "/events", query=query) as reply:
                await self._tell_present()
                async for message in reply.objects():
                    await self._take(message)
            raise went_away(self._api.endpoint)
        except Exception as error:  # whoever waits for an event hears of it, whatever it is
            self._queue.put_nowait(error)

    async def _tell_present(self) -> None:
        found = await self._api.get("/containers/json", all=True, filters={"label": self._marks})
        for summary in found:
            inspected = await self._api.find(f"/containers/{summary['Id']}/json")
            if inspected is not None:
                self._present(inspected)

    def _present(self, inspected: Mapping[str, Any]) -> None:
        container = observe.container(inspected)
        if container.state in ("running", "paused"):
            self._began(inspected, container.started)
        elif container.state != "removing":
            self._queue.put_nowait(present(container, unchecked=check_of(inspected) is None))

    async def _take(self, message: Mapping[str, Any]) -> None:
        identity, action = message["Actor"]["ID"], str(message["Action"])
        attributes = message["Actor"].get("Attributes") or {}
        kind, _, detail = action.partition(":")
        kind = _PODMANS.get(kind, kind)
        if kind in ("create", "start"):
            inspected = await self._inspect(identity)
            if inspected is not None and not (kind == "start" and self._is_over(inspected)):
                self._appeared(kind, inspected)
            return
        watched = self._watched.get(identity)
        if watched is None and kind != "destroy":
            inspected = await self._inspect(identity)
            if inspected is None:
                return
            watched = self._watched[identity] = _Watched(inspected)
        if kind == "destroy":
            self._gone(identity, attributes)
        elif watched is not None:
            if kind == "health_status":
                watched.inspected = await self._inspect(identity) or watched.inspected
            elif kind == "die" and self._podman:
                watched.ended = observe.container(await self._inspect(identity) or watched.inspected).started
            self._happened(watched, kind, detail.strip(), attributes)

    def _is_over(self, inspected: Mapping[str, Any]) -> bool:
        """Whether the end of this very run was told already: Podman may say of one that takes a few milliseconds that
        it has ended before it says that it has begun."""
        watched = self._watched.get(inspected["Id"])
        return watched is not None and 0.0 < watched.ended == observe.container(inspected).started

    def _appeared(self, kind: str, inspected: Mapping[str, Any]) -> None:
        if kind == "create":
            self._tell(ContainerCreated(), inspected)
        else:
            self._began(inspected, time.time())

    def _happened(self, watched: _Watched, kind: str, detail: str, attributes: Mapping[str, Any]) -> None:
        if kind == "kill":
            watched.killed = str(attributes.get("signal", "")) in _ENDING or watched.killed
        elif kind == "oom":
            watched.oom = True
        elif kind == "die":
            self._died(watched, int(attributes.get("exitCode") or 0))
        elif kind == "health_status":
            self._engine_health(watched, cast(Status, detail))

    def _began(self, inspected: Mapping[str, Any], when: float) -> None:
        """The main process runs since `when`. A check that the engine has not answered yet is probed eagerly."""
        container = observe.container(inspected)
        before = self._watched.get(container.id)
        if before is not None:
            self._stop_probing(before)
        watched = _Watched(inspected, container.started)
        if before is not None:
            watched.deaths, watched.attempts = before.deaths, before.attempts
        self._watched[container.id] = watched
        health = "healthy" if self._seen.read().get(container.id) == container.started else container.health
        watched.healthy = health == "healthy"
        checked = check_of(inspected) is not None
        self._queue.put_nowait(started(replace(container, health=health), when, unchecked=not checked))
        if checked and (health != "healthy" or self._podman):  # it runs checks by timers of systemd
            watched.probing = asyncio.create_task(self._probe(watched))

    async def _probe(self, watched: _Watched) -> None:
        def report(status: Status, result: ProbeResult) -> None:
            if status == "healthy" and not watched.healthy:
                watched.healthy = True
                self._seen.add(watched.inspected["Id"], watched.started)
            elif status == "starting" and watched.healthy:
                return
            self._tell_health(watched, status, result.output, result.exit_code, "shore")

        await watch_until_healthy(self._api, watched.inspected, report, forever=self._podman)

    def _engine_health(self, watched: _Watched, status: Status) -> None:
        if status in _VERDICTS:
            watched.healthy = status == "healthy"
            if watched.healthy:
                self._stop_probing(watched)
            output, exit_code = last_result(watched.inspected)
            self._tell_health(watched, status, output, exit_code, "engine")

    def _tell_health(
        self, watched: _Watched, status: Status, output: str, exit_code: int, seen_by: Literal["engine", "shore"]
    ) -> None:
        check = check_of(watched.inspected)
        probe = " ".join(check.test[1:]) if check else ""
        self._tell(
            ContainerHealth(status=status, output=output, exit_code=exit_code, probe=probe, seen_by=seen_by),
            watched.inspected,
        )

    def _died(self, watched: _Watched, exit_code: int) -> None:
        self._stop_probing(watched)
        watched.deaths = 0 if watched.healthy else watched.deaths + 1
        policy = watched.inspected["HostConfig"].get("RestartPolicy") or {}
        restarting = will_restart(policy, exit_code, watched.deaths, asked=watched.killed)
        seconds = max(0.0, time.time() - watched.started) if watched.started else 0.0
        watched.attempts = 1 if seconds >= SETTLED else watched.attempts + 1
        if watched.killed:
            watched.attempts = 0
            self._tell(ContainerStopped(exit_code=exit_code), watched.inspected)
        else:
            died = ContainerDied(
                exit_code=exit_code, signal=killed_by(exit_code), seconds=seconds, oom=watched.oom,
                restarting=restarting,
            )  # fmt: skip
            self._tell(died, watched.inspected)
        if restarting:
            delay, cause = backoff(watched.attempts), f"exited {exit_code}"
            self._tell(ContainerRestarting(delay=delay, attempt=watched.attempts, cause=cause), watched.inspected)
        watched.killed, watched.healthy, watched.oom = False, False, False

    def _gone(self, identity: str, attributes: Mapping[str, Any]) -> None:
        watched = self._watched.pop(identity, None)
        if watched is not None:
            self._stop_probing(watched)
        name, service = observe.own_name(str(attributes.get("name", ""))), str(attributes.get(labels.SERVICE, ""))
        if not any(observe.own_name(w.inspected["Name"]) == name for w in self._watched.values()):
            self._queue.put_nowait(ContainerRemoved(service, name))

    async def _inspect(self, identity: str) -> Mapping[str, Any] | None:
        """None for a container that is gone again."""
        found: Mapping[str, Any] | None = await self._api.find(f"/containers/{identity}/json")
        return found

    def _stop_probing(self, watched: _Watched) -> None:
        if watched.probing is not None:
            watched.probing.cancel()
            watched.probing = None

    def _tell(self, event: Event, inspected: Mapping[str, Any]) -> None:
        """Have this heard, as an event of this container."""
        container = observe.container(inspected)
        self._queue.put_nowait(replace(event, service=container.service, container=container.name))


_VERDICTS = frozenset({"healthy", "unhealthy"})
_ENDING = frozenset({"15", "9", "2", "3", "SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT"})
