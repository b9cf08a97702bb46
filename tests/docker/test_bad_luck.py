"""Bad luck on a real engine: what is left half-made, the next up or down puts right."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.docker import dockerd
from tests.docker.dockerd import Docker
from tests.shore import Shore

pytestmark = pytest.mark.e2e

APP = """
services:
  app: {image: 'python:3.11-slim', init: true, command: sleep 1000, stop_grace_period: 1s}
  late:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    depends_on: {app: {condition: service_started}}
"""


def test_a_container_removed_behind_our_back_is_made_again(shore: Shore, docker: Docker) -> None:
    shore.write(compose=APP)
    shore.ok("up", "-d")
    docker.ok("rm", "-f", f"{shore.project}-app-1")
    assert [row["Service"] for row in shore.ps()] == ["late"]
    shore.ok("up", "-d")
    assert {row["Service"] for row in shore.ps()} == {"app", "late"}


def test_a_network_removed_behind_our_back_is_made_again(shore: Shore, docker: Docker) -> None:
    shore.write(compose=APP)
    shore.ok("up", "-d")
    docker.ok("rm", "-f", f"{shore.project}-app-1", f"{shore.project}-late-1")
    docker.ok("network", "rm", f"{shore.project}_default")
    shore.ok("up", "-d")
    assert len(shore.ps()) == 2


def test_a_command_killed_while_it_replaced_a_container_is_put_right(shore: Shore, docker: Docker) -> None:
    shore.write(compose=APP)
    shore.ok("up", "--no-start")
    docker.ok("rename", f"{shore.project}-app-1", f"0123456789ab_{shore.project}-app-1")
    shore.ok("up", "-d")
    names = docker.ok("ps", "--format", "{{.Names}}", "--filter", f"name={shore.project}").split()
    assert sorted(names) == [f"{shore.project}-app-1", f"{shore.project}-late-1"]


def test_a_foreign_container_with_our_name_is_told_and_left_alone(shore: Shore, docker: Docker) -> None:
    name = f"{shore.project}-app-1"
    docker.ok("run", "-d", "--name", name, "debian:bookworm-slim", "sleep", "1000")
    try:
        shore.write(compose=APP)
        done = shore.run("up", "-d")
        assert done.code == 1
        assert f"a container named {name} is there already; it was not made by a Compose project" in done.err
        assert docker.ok("inspect", "-f", "{{.State.Running}}", name) == "true"
        assert shore.ps("-a") == []
    finally:
        docker.ok("rm", "-f", name)
    shore.ok("up", "-d")


@pytest.mark.parametrize("kind", ["network", "volume"])
def test_what_is_external_and_missing_is_named_with_the_command_that_makes_it(
    shore: Shore, docker: Docker, kind: str
) -> None:
    use = {"network": "networks: [ext]", "volume": "volumes: ['ext:/x']"}[kind]
    shore.write(
        compose=f"""
services:
  app: {{image: 'python:3.11-slim', init: true, command: sleep 1000, {use}}}
{kind}s: {{ext: {{external: true, name: {shore.project}-x}}}}
"""
    )
    done = shore.run("up", "-d")
    assert done.code == 1
    assert f"the external {kind} {shore.project}-x is not there" in done.err
    assert f"docker {kind} create {shore.project}-x" in done.err
    docker.ok(kind, "create", f"{shore.project}-x")
    try:
        shore.ok("up", "-d")
        shore.ok("down", "-v", "-t", "1")
        assert f"{shore.project}-x" in docker.ok(kind, "ls", "--format", "{{.Name}}"), "what is external stays"
    finally:
        docker.run(kind, "rm", f"{shore.project}-x")


def test_a_port_that_a_container_holds_is_named(shore: Shore, docker: Docker) -> None:
    name = f"{shore.project}-holder"
    docker.ok("run", "-d", "--name", name, "-p", "127.0.0.1::80", "debian:bookworm-slim", "sleep", "1000")
    try:
        port = docker.ok("port", name, "80").rpartition(":")[2]
        shore.write(compose=APP.replace("init: true,", f"init: true, ports: ['127.0.0.1:{port}:80'],", 1))
        done = shore.run("up", "-d")
        assert done.code == 1
        assert f"port {port} is taken by the container {name}" in done.err
        shore.ok("up", "-d", "--ports", "auto")
        assert shore.port("app", 80) != int(port)
    finally:
        docker.ok("rm", "-f", name)


def test_a_port_that_is_lost_between_creation_and_start_is_replaced(shore: Shore) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    shore.write(compose=APP.replace("init: true,", f"init: true, ports: ['127.0.0.1:{port}:80'],", 1))
    shore.ok("up", "--no-start", "--ports", "auto")
    with socket.create_server(("127.0.0.1", port)):
        shore.ok("up", "-d", "--ports", "auto")
        assert shore.port("app", 80) != port


def test_an_image_that_cannot_be_pulled_says_that_no_registry_answers(shore: Shore) -> None:
    shore.write(compose="services: {app: {image: 'registry.invalid/none:1'}}")
    done = shore.run("up", "-d")
    assert done.code == 1
    assert "registry.invalid/none:1" in done.err
    assert "no registry can be reached" in done.err


def test_a_build_that_fails_shows_the_step_and_its_last_lines(shore: Shore) -> None:
    shore.write(
        compose="services: {app: {build: .}}",
        Dockerfile="FROM debian:bookworm-slim\nRUN echo looking for it; ls /nowhere\n",
    )
    done = shore.run("up", "-d")
    assert done.code == 1
    assert "build failed at step 2/2: RUN echo looking for it; ls /nowhere" in done.err
    assert "cannot access '/nowhere'" in done.err


def test_a_command_that_is_not_in_the_image(shore: Shore) -> None:
    shore.write(compose="services: {app: {image: 'python:3.11-slim', command: [no-such-program]}}")
    done = shore.run("up", "-d")
    assert done.code == 1
    assert "no-such-program" in done.err
    assert "the image has no such command" in done.err


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of a short name: a socket's address has 107 characters at most, and a daemon's lie deep in it."""
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        yield Path(name)


@pytest.fixture
def own_engine(place: Path) -> Iterator[tuple[str, dockerd.Docker]]:
    """A daemon of this test alone, which it may kill; its image comes from the shared one."""
    with engine_with_an_image(place) as host:
        yield host, dockerd.Docker(host)


@contextmanager
def engine_with_an_image(folder: Path) -> Iterator[str]:
    reason = dockerd.why_not()
    if reason:
        pytest.skip(reason)
    with dockerd.running() as shared, dockerd.another(folder) as host:
        dockerd.stand_ins(shared, "debian:bookworm-slim")
        archive = folder / "image.tar"
        subprocess.run([dockerd.CLI, "-H", shared, "save", "-o", archive, "debian:bookworm-slim"], check=True)
        subprocess.run([dockerd.CLI, "-H", host, "load", "-q", "-i", archive], check=True, capture_output=True)
        yield host


def test_an_engine_that_dies_in_the_middle_of_up(own_engine: tuple[str, Docker], place: Path) -> None:
    host, docker = own_engine
    (place / "p").mkdir()
    shore = Shore(place / "p", place / "home", "docker", "dies", extra={"DOCKER_HOST": host})
    shore.write(
        compose="""
services:
  slow:
    image: debian:bookworm-slim
    init: true
    command: sleep 1000
    healthcheck: {test: [CMD, test, -e, /never], interval: 60s}
  after:
    image: debian:bookworm-slim
    init: true
    command: sleep 1000
    depends_on: {slow: {condition: service_healthy}}
"""
    )
    up = shore.start("up", "-d", "--wait", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while "slow" not in docker.run("ps", "--format", "{{.Names}}").stdout:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    dockerd.kill_at(place)
    _, error = up.communicate(timeout=30)
    assert up.returncode == 1
    assert "Traceback" not in error
    assert "went away" in error or "no Docker engine answers" in error
    dockerd.start_at(place)
    shore.write(compose="services: {slow: {image: 'debian:bookworm-slim', init: true, command: sleep 1000}}")
    shore.ok("up", "-d", "--wait", "--remove-orphans")
    assert [row["State"] for row in shore.ps()] == ["running"]
    shore.ok("down", "-t", "1")
    assert docker.ok("ps", "-aq") == ""


BIG = "FROM debian:bookworm-slim\nRUN head -c 600M /dev/zero >/big\n"


def test_a_disk_that_is_full_during_a_build(place: Path) -> None:
    """The engine's data root is a small file system of its own; it gets larger, and the next `up` goes on."""
    data = place / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=450m", "tmpfs", data], check=True)
    try:
        with engine_with_an_image(place) as host:
            (place / "p").mkdir()
            shore = Shore(place / "p", place / "home", "docker", "full", extra={"DOCKER_HOST": host})
            shore.write(
                compose="services: {app: {build: {context: ., network: none}, command: sleep 9, init: true}}",
                Dockerfile=BIG,
            )
            done = shore.run("up", "-d")
            assert done.code == 1
            assert "app: build failed at step 2/2: RUN head -c 600M" in done.err
            assert "the engine's disk is full: docker builder prune" in done.err
            assert shore.ps("-a") == []
            assert dockerd.Docker(host).ok("network", "ls", "-q", "--filter", "name=full_default") == ""
            subprocess.run(["mount", "-o", "remount,size=2g", data], check=True)
            shore.ok("up", "-d", "--wait")
            shore.ok("down", "-t", "1")
    finally:
        dockerd.unmount_under(place)
