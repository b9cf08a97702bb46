"""A container that does not run, opened for a command: a process that sees what its next start would see, and waits."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from longshore.engine.uninterrupted import whole
from longshore.model.codec import encode
from longshore.model.record import replace
from longshore.model.service import Resources
from longshore.native.agent.container.launch import Launched, basis, make_ready
from longshore.native.agent.ground import Ground
from longshore.native.shared.records import Record

__all__ = ["opened"]


@asynccontextmanager
async def opened(ground: Ground, record: Record) -> AsyncIterator[Launched]:
    """Its files and mounts alone: on no network, without limits; what is copied in at a start is empty. The caller
    keeps it from being started meanwhile. Raises ShoreError when it cannot be made."""
    spec = replace(
        record.spec, network_mode="none", networks=(), ports=(), tty=False, init=False, resources=Resources()
    )  # fmt: skip
    apart = replace(record, spec=spec, addresses={})
    on = basis(ground, apart, {file.key: b"" for file in spec.files})
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        ready = await whole(make_ready(ground, apart, json.dumps(encode(spec)), on, [null] * 3, -1))
    finally:
        os.close(null)
    try:
        yield ready.made
    finally:
        await whole(ready.give_up())
