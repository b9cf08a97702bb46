"""Eager health checks by exec: a service counts as healthy as soon as it is, not when its interval next fires."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from longshore.docker.api.calls import Api
from longshore.docker.container.execs import capture
from longshore.health.monitor import ProbeResult, monitor
from longshore.health.schedule import Status
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.quantities import in_seconds

__all__ = ["SHORTEST", "argv_of", "check_of", "probe_environment", "watch_until_healthy"]

SHORTEST = 0.05
"""Seconds before the first probe: an exec costs the engine about as much."""

PROBE_ENVIRONMENT: Mapping[str, str] = {"PGHOST": "127.0.0.1"}
"""For eager probes only. The postgres image first runs a server that listens on its socket alone, to initialise the
database, and ends it again; `pg_isready` without a host would take that one for the real one."""


def check_of(inspected: Mapping[str, Any]) -> HealthCheck | None:
    """The check that the engine itself carries out: the file's and the image's, already merged. None without one."""
    found = inspected["Config"].get("Healthcheck") or {}
    test = tuple(found.get("Test") or ())
    if not test or test[0] == "NONE":
        return None
    return HealthCheck(
        test=test,
        interval=in_seconds(found.get("Interval")),
        timeout=in_seconds(found.get("Timeout")),
        retries=found.get("Retries") or None,
        start_period=in_seconds(found.get("StartPeriod")),
    )


def argv_of(test: tuple[str, ...], shell: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What is executed for a test: CMD as it stands, CMD-SHELL by the image's shell."""
    kind, *rest = test
    if kind == "CMD-SHELL":
        return (*(shell or ("/bin/sh", "-c")), *rest)
    return tuple(rest) if kind == "CMD" else test


def probe_environment(inspected: Mapping[str, Any]) -> Mapping[str, str]:
    """Extra variables for a probe; a value that the container sets itself is left alone."""
    own = {entry.split("=", 1)[0] for entry in inspected["Config"].get("Env") or ()}
    return {name: value for name, value in PROBE_ENVIRONMENT.items() if name not in own}


async def watch_until_healthy(
    api: Api, inspected: Mapping[str, Any], report: Callable[[Status, ProbeResult], None], *, forever: bool
) -> None:
    """Probe one container; after the first success the engine's own checks rule, unless it runs none (`forever`)."""
    check = check_of(inspected)
    if check is None:
        return
    shell = tuple(inspected["Config"].get("Shell") or ())
    environment = probe_environment(inspected)
    done = asyncio.Event()

    async def probe(test: tuple[str, ...], timeout: float) -> ProbeResult:
        try:
            code, output = await capture(
                api, inspected["Id"], argv_of(test, shell), timeout=timeout, environment=environment
            )
        except ShoreError as error:
            return ProbeResult(1, error.what)
        return ProbeResult(code, output)

    def told(status: Status, result: ProbeResult) -> None:
        report(status, result)
        if status == "healthy" and not forever:
            done.set()

    probing = asyncio.create_task(monitor(check, probe, told, shortest=SHORTEST))
    waiting = asyncio.create_task(done.wait())
    try:
        await asyncio.wait((probing, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        probing.cancel()
