"""Engines that are old, gone, forbidden or no engines at all: each a clear message."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.docker.fake_engine import CUT, FakeEngine
from tests.users import throwaway_user, why_no_user

from longshore.docker.api.connection import reachable
from longshore.docker.engine import DockerEngine
from longshore.engine.base import CreateOptions
from longshore.model.errors import ShoreError, ShoreErrors
from longshore.model.service import Mount, NetworkUse, Service
from longshore.model.stack import Network, Stack, Volume
from longshore.state.observed import Observed

EMPTY: dict[str, Any] = {
    "GET /containers/json": (200, []),
    "GET /networks": (200, []),
    "GET /volumes": (200, {"Volumes": None}),
}


def stack(**fields: Any) -> Stack:
    service = Service("web", image="img", networks={"default": NetworkUse("default")}, **fields)
    networks = {"default": Network("default", "p_default")}
    return Stack("p", "/p", services={"web": service}, networks=networks, volumes={"data": Volume("data", "p_data")})


async def test_an_empty_engine_has_nothing_of_the_project(tmp_path: Path) -> None:
    fake = FakeEngine(answers=EMPTY)
    async with fake.at(tmp_path / "s") as environ:
        found = await DockerEngine(environ).observe("p")
    assert (found.containers, found.networks, found.volumes) == ((), (), ())
    assert len(fake.asked) == 4, "the version and one question each"


@pytest.mark.parametrize("asked", ["POST /volumes/create", "POST /networks/create", "POST /containers/create"])
async def test_who_breaks_off_hears_of_it_when_what_was_asked_for_is_there(tmp_path: Path, asked: str) -> None:
    """The engine makes it all the same: whoever clears up then has to see it."""
    answers = EMPTY | {asked: (201, {"Id": "x", "Name": "p_data"}), "GET /images/img/json": (200, {"Id": "i"})}
    fake = FakeEngine(answers=answers, slow={asked: 0.2})
    made = stack()
    async with fake.at(tmp_path / "s") as environ:
        engine = DockerEngine(environ)
        calls = {
            "POST /volumes/create": lambda: engine.create_volume(made, made.volumes["data"]),
            "POST /networks/create": lambda: engine.create_network(made, made.networks["default"]),
            "POST /containers/create": lambda: engine.create(made, made.services["web"], 1, "", CreateOptions()),
        }
        call = asyncio.ensure_future(calls[asked]())
        while not any(asked.removeprefix("POST ") in one for one in fake.asked):  # noqa: ASYNC110 - a moment
            await asyncio.sleep(0.005)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert asked in fake.done


async def test_an_engine_older_than_we_speak_is_named_with_both_versions(tmp_path: Path) -> None:
    async with FakeEngine(version="1.40").at(tmp_path / "s") as environ:
        with pytest.raises(ShoreError) as raised:
            await DockerEngine(environ).observe("p")
    assert "API 1.40" in raised.value.what
    assert "1.41 (Docker 20.10)" in raised.value.what


async def test_what_is_no_engine_is_told(tmp_path: Path) -> None:
    async with FakeEngine(version=None).at(tmp_path / "s") as environ:
        with pytest.raises(ShoreError, match="not a Docker engine"):
            await DockerEngine(environ).observe("p")


async def test_requests_speak_the_newest_version_that_both_know(tmp_path: Path) -> None:
    fake = FakeEngine(version="1.99", answers=EMPTY)
    async with fake.at(tmp_path / "s") as environ:
        await DockerEngine(environ).observe("p")
    assert fake.asked[1].startswith("GET /v1.51/")


SUBPATH = {"mounts": (Mount("volume", "/d", "data", subpath="x"),)}


async def test_an_attribute_that_the_engine_is_too_old_for_names_both_versions(tmp_path: Path) -> None:
    async with FakeEngine(version="1.44", answers=EMPTY).at(tmp_path / "s") as environ:
        engine = DockerEngine(environ)
        survey = await engine.survey(stack(**SUBPATH))
        assert [line.subject for line in survey.refused] == ["volumes.volume.subpath"]
        with pytest.raises(ShoreError) as raised:
            await engine.preflight(stack(**SUBPATH), ["web"], Observed("shop"))
    assert "needs API 1.45 (Docker 26.0); this engine speaks 1.44 (Docker 25.0)" in raised.value.what


async def test_a_newer_engine_takes_it(tmp_path: Path) -> None:
    async with FakeEngine(version="1.45", answers=EMPTY).at(tmp_path / "s") as environ:
        engine = DockerEngine(environ)
        assert (await engine.survey(stack(**SUBPATH))).exact
        await engine.preflight(stack(**SUBPATH), ["web"], Observed("shop"))


async def test_an_attribute_with_a_substitute_deviates(tmp_path: Path) -> None:
    async with FakeEngine(version="1.41").at(tmp_path / "s") as environ:
        survey = await DockerEngine(environ).survey(stack(annotations={"a": "b"}))
    assert [line.subject for line in survey.deviations] == ["annotations"]
    assert not survey.refused


async def test_all_problems_come_at_once(tmp_path: Path) -> None:
    found = {"Driver": "nfs", "Options": None, "Name": "p_data"}
    taken = [{"Id": "x", "Names": ["/p-web-1"], "Labels": {}, "Ports": []}]
    answers = {**EMPTY, "GET /volumes/p_data": (200, found), "GET /containers/json": (200, taken)}
    async with FakeEngine(answers=answers).at(tmp_path / "s") as environ:
        wanted = stack(mounts=(Mount("volume", "/d", "data"),))
        with pytest.raises(ShoreErrors) as raised:
            await DockerEngine(environ).preflight(wanted, ["web"], Observed("shop"))
    texts = [error.what for error in raised.value.errors]
    assert "volume p_data is there, but its driver is nfs, the file says local" in texts[0]
    assert "a container named p-web-1 is there already; it was not made by a Compose project" in texts[1]


async def test_no_socket(tmp_path: Path) -> None:
    environ = {"DOCKER_HOST": f"unix://{tmp_path}/none"}
    assert not reachable(environ)
    with pytest.raises(ShoreError, match="no Docker engine answers at unix://") as raised:
        await DockerEngine(environ).observe("p")
    assert "--engine native" in raised.value.hint


async def test_an_engine_that_dies_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    async with FakeEngine(answers={**EMPTY, "GET /containers/json": CUT}).at(tmp_path / "s") as environ:
        with pytest.raises(ShoreError, match="went away in the middle"):
            await DockerEngine(environ).observe("p")


async def test_events_end_with_an_error_when_the_engine_goes(tmp_path: Path) -> None:
    answers = {**EMPTY, "GET /version": (200, {}), "GET /events": CUT}
    async with FakeEngine(answers=answers).at(tmp_path / "s") as environ:
        with pytest.raises(ShoreError, match="went away"):
            async for _ in DockerEngine(environ).events("p"):
                pass


def test_a_socket_without_permission(tmp_path: Path) -> None:
    reason = why_no_user()
    if reason:
        pytest.skip(reason)
    code = (
        "import asyncio\nfrom longshore.docker.api.connection import Endpoint\n"
        "from longshore.docker.api.errors import cannot_connect\n"
        "import socket, sys\ns = socket.socket(socket.AF_UNIX)\n"
        "try: s.connect(sys.argv[1])\nexcept OSError as e: print(cannot_connect(Endpoint('unix', sys.argv[1]), e).what)"
    )
    with throwaway_user() as user, _listening(Path("/tmp") / f"shore-{user.name}.sock") as path:
        source = Path(__file__).resolve().parents[2] / "src"
        done = subprocess.run(
            [*user.prefix, "/usr/bin/python3", "-c", code, str(path)],
            env={"PYTHONPATH": str(source), "PATH": os.environ["PATH"]}, capture_output=True, text=True,
        )  # fmt: skip
    if "No module named" in done.stderr or "Permission denied: '/" in done.stderr:
        pytest.skip(f"an ordinary user cannot read this work tree ({sys.executable})")
    assert done.stdout.startswith("no permission to use the Docker engine at unix://"), done.stderr


class _listening:  # noqa: N801
    """A socket that only its owner may use."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        import socket

        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(self.path))
        self.path.chmod(0o600)
        self.server.listen()
        return self.path

    def __exit__(self, *_: object) -> None:
        self.server.close()
        self.path.unlink()
