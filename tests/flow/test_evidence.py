"""What is collected of a failure: the lines of this life of the container, not of an earlier one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from longshore.engine.base import LogOptions
from longshore.engine.executor import Outcome
from longshore.flow.failure.evidence import EARLY, READ, failure_of
from longshore.health.wait import ServiceFailed
from longshore.model.record import replace
from longshore.plan.operation import Plan
from longshore.state.events import LogLine
from tests.engine.fake import FakeEngine
from tests.plan.make import observed, running, service, stack


class Logging(FakeEngine):
    asked: list[LogOptions]

    async def logs(self, project: str, containers: Any, options: LogOptions) -> AsyncIterator[LogLine]:
        self.asked = [*getattr(self, "asked", []), options]
        yield LogLine("db", "demo-db-1", "the end", 101.0)


async def test_the_log_is_read_from_the_start_of_this_life() -> None:
    db = service("db")
    container = replace(running(db), started=100.0)
    engine = Logging(observed=observed(container))
    failed = ServiceFailed("db: exited with code 1", service="db", container=container.name)
    error = await failure_of(Outcome(unmet={1: failed}), Plan(), engine, stack(db))  # type: ignore[arg-type]
    assert engine.asked == [LogOptions(tail=READ, since=100.0 - EARLY)]
    assert "the end" in error.details
    unknown = Logging(observed=observed(replace(container, started=0.0)))
    await failure_of(Outcome(unmet={1: failed}), Plan(), unknown, stack(db))  # type: ignore[arg-type]
    assert unknown.asked == [LogOptions(tail=READ)], "all of it where nobody knows when it began"
