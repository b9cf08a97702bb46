"""A release of three services, of which the second is sick: `shore ship` ends with 1 and all three run what they ran;
`docker stack deploy` of the same ends with 0. And what is secret, or bound to the loopback, is nowhere to be found."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.docker.dockerd import CLI
from tests.localregistry import local_registry
from tests.ship.routed import Routed
from tests.ship.threenodes import OURS, Member, until

pytestmark = pytest.mark.e2e

THREE = """\
x-app: &app
  healthcheck: {test: "test -f /tmp/ready", interval: 1s, timeout: 30s, retries: 4}
  deploy: {update_config: {monitor: 3s}}
services:
"""
ONE = """\
  %s:
    <<: *app
    build:
      context: .
      dockerfile_inline: |
        FROM python:3.11-slim
        COPY app.py /app.py
        LABEL made=%s-${MADE:-1}
        CMD ["python3", "/app.py"]
    environment: {VERSION: "${%s:-1}", API_TOKEN: "${TOKEN:-blue-whale-1}", DATABASE_URL: "db://me:green-whale-3@db/x"}
    ports: ["127.0.0.1:1900%d:8000"]
    depends_on: [%s]
"""
NAMES = ("one", "two", "three")


@pytest.fixture(scope="module")
def site(nodes: tuple[Member, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routed]:
    folder = tmp_path_factory.mktemp("three")
    with local_registry(folder / "registry", OURS) as registry:
        found = Routed(nodes, folder, f"{registry.host}/shop")
        before = ("", "one", "two")
        text = THREE + "".join(ONE % (name, name, name.upper(), n, before[n]) for n, name in enumerate(NAMES))
        (folder / "site" / "compose.yaml").write_text(text)
        found.shipped()
        yield found
        found.ok("ship", "down")


def images(site: Routed) -> dict[str, tuple[str, ...]]:
    """What each service's spec and its running tasks name."""
    found = {}
    for name in NAMES:
        spec = site.node.docker(
            "service", "inspect", "-f", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", f"routed_{name}"
        )
        tasks = site.node.docker("service", "ps", "--no-trunc", "--filter", "desired-state=running", "--format",
                                 "{{.Image}} {{.CurrentState}}", f"routed_{name}")  # fmt: skip
        found[name] = (spec, *sorted(line.split()[0] for line in tasks.splitlines() if " Running" in line))
    return found


def test_a_sick_second_takes_all_three_back(site: Routed) -> None:
    before = images(site)
    assert all("@sha256:" in one[0] and len(one) == 2 for one in before.values()), before
    done = site.ship(MADE="2", TWO="sick")
    assert done.code == 1, done.text
    assert "one is updated" in done.err
    assert "two: " in done.err
    assert images(site) == before
    print(f"{done.text}\nexit 1; the digests of all three are those of before: {before}")


def test_docker_stack_deploy_says_that_all_is_well(site: Routed) -> None:
    """The same images by their digests, the same sick one; the others have all the time that they need."""
    now = images(site)
    service = {
        name: {"image": now[name][0], "environment": {"VERSION": "sick" if name == "two" else "2", "API_TOKEN": "x"},
               "healthcheck": {"test": "test -f /tmp/ready", "interval": "1s", "timeout": "30s",
                               "retries": 4 if name == "two" else 60},
               "deploy": {"endpoint_mode": "dnsrr", "update_config": {"failure_action": "rollback", "monitor": "3s"}}}
        for name in NAMES
    }  # fmt: skip
    file = site.folder / "stack.json"
    well = {name: {**one, "environment": {"VERSION": "1", "API_TOKEN": "x"}} for name, one in service.items()}
    deploy = [CLI, "stack", "deploy", "-c", str(file), "peer"]
    environ = {**os.environ, "DOCKER_HOST": site.node.host}

    def running() -> int:
        return site.node.docker("service", "ls", "--filter", "name=peer_").count("1/1")

    try:
        file.write_text(json.dumps({"version": "3.8", "services": well}))
        subprocess.run(deploy, env=environ, check=True, capture_output=True)
        until(lambda: running() == 3, "the peer's services run")
        file.write_text(json.dumps({"version": "3.8", "services": service}))
        assert subprocess.run(deploy, env=environ, capture_output=True).returncode == 0
        state = "{{.UpdateStatus.State}} {{.Spec.TaskTemplate.ContainerSpec.Env}}"
        told = lambda name: site.node.docker("service", "inspect", "-f", state, f"peer_{name}")  # noqa: E731
        until(lambda: "rollback_completed" in told("two"), "the second goes back")
        now_there = {name: told(name) for name in NAMES}
        print(f"docker stack deploy: exit 0, {now_there}")
        assert "VERSION=1" in now_there["two"]
        assert "VERSION=2" in now_there["one"]
        assert "VERSION=2" in now_there["three"]
    finally:
        site.node.docker("stack", "rm", "peer")


def test_what_is_secret_is_nowhere(site: Routed) -> None:
    debug = site.shore("--debug", "ship", "--registry", site.registry, TOKEN="red-whale-22")
    assert debug.code == 0, debug.text
    places = {"the output of --debug": debug.text}
    for words in (("status",), ("releases",), ("releases", "--format", "json"), ("logs",), ("logs", "one")):
        places[f"shore ship {' '.join(words)}"] = site.ok("ship", *words).text
    assert "release 1 " in places["shore ship releases"]
    assert len(json.loads(places["shore ship releases --format json"])) >= 2
    kinds = ("service", "config", "secret", "node", "network")
    for kind in kinds:
        for name in site.node.docker(kind, "ls", "-q").split():
            places[f"{kind} {name}"] = site.node.docker(kind, "inspect", name)
            if kind == "config":
                places[f"content of config {name}"] = site.node.docker("config", "inspect", "--pretty", name)
    for name in NAMES:
        places[f"log of {name}"] = site.node.docker("service", "logs", f"routed_{name}")
    for one in site.nodes:
        for container in one.docker("ps", "-aq").split():
            places[f"container {container}"] = one.docker("inspect", container)
        for image in one.docker("images", "-q").split():
            places[f"image {image}"] = one.docker("inspect", image) + one.docker("history", "--no-trunc", image)
        places[f"log of {one.name}'s engine"] = (one.folder / "log").read_text(errors="replace")
    places["processes"] = subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, text=True).stdout
    found = [(place, value) for place, text in places.items() for value in SECRETS if value in text]
    size = sum(map(len, places.values()))
    print(f"{len(SECRETS)} values, {len(places)} places, {size:,} characters: {len(found)} found")
    assert len(places) > 30
    assert not found


SECRETS = ("blue-whale-1", "red-whale-22", "green-whale-3")


def test_what_is_bound_to_the_loopback_answers_nobody(site: Routed) -> None:
    answered = []
    for node in site.nodes:
        for port in (19000, 19001, 19002, 8000):
            with socket.socket() as one:
                one.settimeout(2)
                if one.connect_ex((node.address, port)) == 0:
                    answered.append((node.name, port))
    assert not answered
