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


# what a command means by a service, and what else is there


def session(*containers: Any, stack: Any = None) -> Any:
    from longshore.flow.home import Session

    return Session(FakeEngines().engines["native"], "demo", observed(*containers), stack)


def test_a_service_means_its_first_container_that_runs() -> None:
    from longshore.flow.home import find_container
    from longshore.model.record import replace

    web = service("web")
    first, second = running(web), running(web, 2)
    both = session(first, second)
    assert find_container(both, "web").number == 1
    assert find_container(both, "web", 2).number == 2
    for state in ("paused", "restarting"):
        assert find_container(session(replace(first, state=state)), "web").state == state
    stopped = session(replace(first, state="exited"), second)
    assert find_container(stopped, "web").number == 2
    assert find_container(stopped, "web", 1, running=False).number == 1
    assert find_container(session(replace(first, state="exited")), "web", running=False).number == 1
    with pytest.raises(ShoreError, match=r"^web is not running \(created\)") as caught:
        find_container(session(replace(first, state="created")), "web")
    assert caught.value.hint == "start it: shore up -d web"
    with pytest.raises(ShoreError, match=r"^web-3 is not running \(not there\)"):
        find_container(both, "web", 3)
    with pytest.raises(ShoreError, match="web has no container") as caught:
        find_container(both, "web", 3, running=False)
    assert caught.value.hint == "make it: shore up -d web"


def test_services_are_those_of_the_file_then_those_that_are_left() -> None:
    from longshore.flow.home import enabled, select
    from tests.plan.make import stack

    one = session(
        running(service("old")),
        running(service("b")),
        stack=stack(service("a"), service("b"), disabled=(service("c"),)),
    )
    assert one.services == ("a", "b", "c", "old")
    assert enabled(one, ()) == ("a", "b")
    assert enabled(one, ("c",)) == ("c",)
    with pytest.raises(ShoreError, match='there is no service "old"'):
        enabled(one, ("old",))
    assert enabled(session(running(service("old"))), ("old",)) == ("old",)
    assert enabled(session(running(service("old"))), ()) is None
    assert select(one, ["c", "a", "old"]) == ("c", "a", "old")
    with pytest.raises(ShoreError, match='there is no service "x"'):
        select(one, ["x"])


async def test_projects_and_volumes_of_every_engine_that_answers(tmp_path: Path) -> None:
    from longshore.flow.home import every_project, every_volume

    class Many(FakeEngine):
        async def projects(self) -> dict[str, Observed]:
            return {f"{self.name}-z": NOTHING, f"a-{self.name}": NOTHING}

        async def volumes(self) -> tuple[ObservedVolume, ...]:
            return (ObservedVolume(f"{self.name}_data"),)

    def engines(socket: bool) -> Any:
        made = FakeEngines(socket)
        made.engines = {name: Many(name) for name in ("native", "docker")}
        return made

    rows = [(name, project) for name, project, _ in await every_project(where(tmp_path, engines(True)))]
    assert rows == [("docker", "a-docker"), ("native", "a-native"), ("docker", "docker-z"), ("native", "native-z")]
    assert {name for name, *_ in await every_project(where(tmp_path, engines(False)))} == {"native"}
    assert {name for name, *_ in await every_project(where(tmp_path, engines(True), engine="docker"))} == {"docker"}
    found = engines(True)
    async with every_volume(where(tmp_path, found)) as volumes:
        assert [volume.name for _, volume in volumes] == ["native_data", "docker_data"]
        assert not any(engine.closed for engine in found.engines.values())
    assert all(engine.closed for engine in found.engines.values())


async def test_the_notes_of_an_engine_are_said(tmp_path: Path) -> None:
    heard: list[str] = []
    seen = Observed("demo", notes=("the agent was killed",))
    async with at_home(where(tmp_path, FakeEngines(native={"observed": seen}), say=heard.append)):
        pass
    assert heard == ["note: the agent was killed"]


async def test_warnings_of_the_files_are_said_with_their_place(tmp_path: Path) -> None:
    heard: list[str] = []
    (tmp_path / "compose.yaml").write_text("name: demo\nversion: '3'\nservices: {web: {image: 'x${NONE}'}}\n")
    async with at_home(where(tmp_path, FakeEngines(), say=heard.append)) as found:
        assert found.stack
        assert found.stack.name == "demo"
    assert all(text.startswith("warning: ") for text in heard)
    assert any("NONE" in text for text in heard)


async def test_no_file_is_needed_where_the_name_is_said(tmp_path: Path) -> None:
    from longshore.flow.home import load_if_there
    from longshore.model.record import replace

    place = where(tmp_path, FakeEngines())
    assert load_if_there(place) is None
    with pytest.raises(ShoreError):
        load_if_there(replace(place, project=""))
    with pytest.raises(ShoreError):
        load_if_there(replace(place, files=("none.yaml",)))
