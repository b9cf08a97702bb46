"""Asking a service by its own health check, from inside, without waiting for the engine's interval."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Service
from longshore.verify.live import Live

__all__ = ["has_check", "probe", "until_works", "words_of"]


def has_check(service: Service) -> bool:
    """Whether the file gives it a check."""
    return service.healthcheck is not None and service.healthcheck.active


def words_of(check: HealthCheck) -> tuple[str, ...]:
    """The command of a check."""
    return ("/bin/sh", "-c", check.test[1]) if check.test[0] == "CMD-SHELL" else check.test[1:]


async def probe(live: Live, service: Service) -> tuple[bool, str]:
    """Whether its check passes now, or it runs where it has none; and what was seen, in words."""
    check = service.healthcheck
    if check is None or not check.active:
        runs = await live.running(service.name)
        return runs, "it runs" if runs else "it does not run"
    try:
        answer = await live.execute(service.name, *words_of(check), limit=min(check.patience, 15.0))
    except ShoreError as error:
        return False, str(error)
    return answer.ok, "its check passes" if answer.ok else f"its check fails: {answer.text[:200]}"


Ask = Callable[[Live, Service], Awaitable[tuple[bool, str]]]
"""Whether a service works, and what was seen, in words."""


async def until_works(live: Live, service: Service, within: float, ask: Ask = probe) -> tuple[bool, str]:
    """What `ask` says of it, asked again until it is well or the seconds are over."""
    end = time.monotonic() + within
    while True:
        ok, said = await ask(live, service)
        if ok or time.monotonic() > end:
            return ok, said
        await asyncio.sleep(0.1)
