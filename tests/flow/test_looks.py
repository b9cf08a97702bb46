"""How often a real engine is asked for all that is there while `up` runs: before and after, on every engine."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from longshore.engine.base import Engine
from longshore.flow.audience import Audience
from longshore.flow.choice.engines import RealEngines
from longshore.flow.home import Where, load_stack
from longshore.flow.lifecycle import Change, change
from longshore.flow.up import Attach, UpRequest, up
from longshore.plan.lifecycle import DownOptions, down
from longshore.state.observed import Observed
from tests.docker import dockerd
from tests.shore import shared_cache

pytestmark = pytest.mark.e2e

THREE = "".join(f"  s{number}: {{image: 'python:3.11-slim', command: echo {number}}}\n" for number in range(3))


@pytest.fixture(params=["native", "docker"])
def environ(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    made = {
        **os.environ, "SHORE_ENGINE": request.param, "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": shared_cache(),
    }  # fmt: skip
    if request.param == "native":
        yield made
        return
    for host in dockerd.hosting("python:3.11-slim"):
        yield {**made, "DOCKER_HOST": host}


class Counting:
    """This machine's engines, each look of theirs counted by name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._real = RealEngines(environ)
        self.looks: dict[str, int] = {}

    def reachable(self, name: str) -> bool:
        return self._real.reachable(name)

    def open(self, name: str) -> Engine:
        engine: Any = self._real.open(name)
        observe = engine.observe

        async def counted(project: str) -> Observed:
            self.looks[name] = self.looks.get(name, 0) + 1
            seen: Observed = await observe(project)
            return seen

        engine.observe = counted
        found: Engine = engine
        return found


def test_up_looks_before_and_after(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(f"name: looks{uuid.uuid4().hex[:6]}\nservices:\n{THREE}")
    counting = Counting(environ)
    where = Where(files=(str(tmp_path / "compose.yaml"),), environ=environ, opens=counting)
    stack, name = load_stack(where), environ["SHORE_ENGINE"]

    async def play() -> tuple[int, int]:
        from longshore.flow.attachedup import up_attached

        try:
            await up(where, stack, UpRequest(), Audience())
            first = counting.looks.pop(name)
            await up_attached(where, stack, UpRequest(), Attach(), Audience())
            return first, counting.looks.pop(name)
        finally:
            await change(where, Change("down", lambda s: down(s.stack, s.observed, DownOptions())), Audience())

    assert asyncio.run(play()) == (2, 2)
