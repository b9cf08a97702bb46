"""Where a project is at home: on the engine that has something of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longshore.flow.home import Where, at_home
from longshore.model.errors import ShoreError
from longshore.state.observed import Observed, ObservedVolume
from tests.engine.fake import FakeEngine
from tests.flow.test_choose import FakeEngines
from tests.plan.make import observed, running, service

NOTHING, VOLUME = Observed("demo"), Observed("demo", volumes=(ObservedVolume("demo_data"),))
CONTAINER = observed(running(service("db")))


def where(tmp_path: Path, engines: Any, **fields: Any) -> Where:
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    return Where(project="demo", environ=environ, opens=engines, **fields)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("native", "docker", "home"),
    [
        (NOTHING, NOTHING, "native"),
        (NOTHING, CONTAINER, "docker"),
        (NOTHING, VOLUME, "docker"),
        (CONTAINER, CONTAINER, "native"),
        (VOLUME, CONTAINER, "native"),
    ],
)
async def test_containers_and_volumes_alone_make_a_home(
    tmp_path: Path, native: Observed, docker: Observed, home: str
) -> None:
    engines = FakeEngines(native={"observed": native}, docker={"observed": docker})
    async with at_home(where(tmp_path, engines)) as session:
        assert session.engine.name == home
    assert all(engine.closed for engine in engines.engines.values() if home == "docker" or engine.name == "native")


async def test_the_engine_that_is_asked_for_is_home_whatever_it_has(tmp_path: Path) -> None:
    engines = FakeEngines(native={"observed": VOLUME})
    async with at_home(where(tmp_path, engines, engine="docker")) as session:
        assert session.engine.name == "docker"


async def test_one_that_fails_gives_way_and_none_at_all_is_told(tmp_path: Path) -> None:
    class Failing(FakeEngine):
        async def observe(self, project: str) -> Observed:
            raise ShoreError(f"{self.name} is ill")

    engines = FakeEngines(docker={"observed": NOTHING})
    engines.engines["native"] = Failing("native")
    async with at_home(where(tmp_path, engines)) as session:
        assert session.engine.name == "docker"
    engines.engines["docker"] = Failing("docker")
    with pytest.raises(ShoreError, match="native is ill"):
        async with at_home(where(tmp_path, engines)):
            pass
