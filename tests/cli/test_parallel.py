"""--parallel and COMPOSE_PARALLEL_LIMIT bound what is under way at once, in every command that has a plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.cli.conftest import Stage
from tests.cli.scenes import Scene, service, stack
from tests.cli.stage import StageEngine

ROUNDS = 200
"""Of the event loop that an operation takes: whatever may begin beside it has begun by then, on a busy machine too."""


class Counting(StageEngine):
    """Knows how many operations were under way at once."""

    under_way = most = 0

    @asynccontextmanager
    async def _one(self) -> AsyncIterator[None]:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
        yield
        self.under_way -= 1

    async def create(self, *words: Any, **more: Any) -> Any:
        async with self._one():
            return await super().create(*words, **more)

    async def remove(self, *words: Any, **more: Any) -> None:
        async with self._one():
            await super().remove(*words, **more)


def scene() -> tuple[Scene, Counting]:
    """Three services that need nothing, and one that needs them all."""
    parts = [service(name) for name in ("a", "b", "c")]
    engine = Counting()
    return Scene(stack(*parts, service("job", "a", "b", "c", condition="service_started")), engine), engine


@pytest.mark.parametrize(
    ("words", "variable", "most"),
    [([], "", 3), ([], "2", 2), (["--parallel", "1"], "2", 1), (["--parallel", "-1"], "2", 3), ([], "many", 3)],
)
@pytest.mark.parametrize(
    "command", [("up", "-d", *"abc"), ("create", *"abc"), ("run", "job"), ("down",)], ids=lambda words: words[0]
)
def test_the_flag_beats_the_variable(
    shore: Stage, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], words: list[str], variable: str, most: int
) -> None:
    made, engine = scene()
    shore.set(made)
    if command == ("down",):
        assert shore("up", "-d", *"abc").code == 0
        engine.most = 0
    monkeypatch.setenv("COMPOSE_PARALLEL_LIMIT", variable)
    assert shore(*words, *command).code == 0
    assert engine.most == most
