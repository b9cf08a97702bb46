"""Beside the real docker compose: neither recreates what the other made, asks anything, or loses data."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.docker.compose import Compose
from tests.docker.dockerd import Docker
from tests.shore import Shore

pytestmark = pytest.mark.e2e

FULL = """
name: ignored
services:
  web:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    hostname: w
    labels: {app.owner: "me & you <x>"}
    environment: [A=1, "B=a b", C=$$x]
    ports: ["127.0.0.1::8000", "9000"]
    networks: {front: {aliases: [shop]}, back: {priority: 5}}
    volumes: [data:/data, ./src:/src:ro, /anonymous, {type: tmpfs, target: /scratch, tmpfs: {size: 1m}}]
    depends_on: {db: {condition: service_healthy, restart: true}}
    restart: unless-stopped
    stop_grace_period: 1s
    mem_limit: 256m
    cpus: 0.5
    ulimits: {nofile: {soft: 1024, hard: 2048}}
    logging: {driver: json-file, options: {max-size: 1m}}
    healthcheck: {test: [CMD, "true"], interval: 1m30s, timeout: 500ms, retries: 3, start_period: 1s}
    secrets: [key]
    extra_hosts: ["h.test:10.0.0.1"]
    deploy: {replicas: 2}
  db:
    image: redis:7-alpine
    volumes: [cache:/data]
    networks: [back]
    tmpfs: [/run/x]
    cap_drop: [NET_RAW]
    healthcheck: {test: redis-cli ping, interval: 10s}
    profiles: ["", all]
  shared:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    network_mode: "service:db"
networks:
  front: {driver_opts: {com.docker.network.bridge.name: %(bridge)s}, labels: {l: "1"}}
  back: {internal: true, ipam: {config: [{subnet: 10.213.%(subnet)s.0/24}]}}
volumes:
  data: {labels: {keep: "yes"}}
  cache: {name: %(project)s-other-name}
secrets: {key: {file: ./key.txt}}
"""


@pytest.fixture
def full(shore: Shore) -> Shore:
    (shore.folder / "src").mkdir()
    number = int(shore.project[1:5], 16)
    text = FULL.replace('    profiles: ["", all]\n', "").replace("name: ignored\n", "") % {
        "bridge": shore.project[:12], "subnet": number % 120 + 1, "project": shore.project,
    }  # fmt: skip
    shore.write(compose=text, **{"key.txt": "k"})
    return shore


def ids(docker: Docker, project: str) -> dict[str, str]:
    lines = docker.ok("ps", "-aq", "--no-trunc", "--filter", f"label=com.docker.compose.project={project}").split()
    return {docker.ok("inspect", "-f", "{{.Name}}", line).lstrip("/"): line for line in lines}


def starts(docker: Docker, project: str) -> dict[str, str]:
    """When each container began: one that was left alone goes on running."""
    return {name: docker.ok("inspect", "-f", "{{.State.StartedAt}}", name) for name in ids(docker, project)}


OWN = re.compile(r"^(longshore\.|com\.docker\.compose\.(replace|depends_on)$)")


def compose_labels(docker: Docker, project: str) -> dict[str, dict[str, str]]:
    return {
        name: {key: value for key, value in docker.labels("container", name).items() if not OWN.match(key)}
        for name in ids(docker, project)
    }


def test_compose_recreates_nothing_after_shore_and_asks_nothing(full: Shore, compose: Compose, docker: Docker) -> None:
    full.ok("up", "-d", "--wait")
    before, begun = ids(docker, full.project), starts(docker, full.project)
    assert len(before) == 4
    output = compose.ok("up", "-d")
    assert (ids(docker, full.project), starts(docker, full.project)) == (before, begun), output
    assert "Recreat" not in output
    assert "?" not in output


def test_shore_recreates_nothing_after_compose_and_asks_nothing(full: Shore, compose: Compose, docker: Docker) -> None:
    compose.ok("up", "-d")
    before, begun = ids(docker, full.project), starts(docker, full.project)
    assert len(before) == 4
    text = full.ok("up", "-d").err
    assert (ids(docker, full.project), starts(docker, full.project)) == (before, begun), text
    assert "?" not in text
    assert full.ok("up", "--dry-run").out.strip() == "db, web, shared: up to date"


def test_labels_names_and_hashes_are_equal(full: Shore, compose: Compose, docker: Docker) -> None:
    full.ok("up", "-d")
    ours = compose_labels(docker, full.project), *shape(docker, full.project)
    full.ok("down", "-t", "1")
    compose.ok("up", "-d")
    theirs = compose_labels(docker, full.project), *shape(docker, full.project)
    for each in (ours, theirs):
        each[0][f"{full.project}-shared-1"].pop("com.docker.compose.config-hash")  # it holds the id of db's container
    assert ours == theirs


REPLACED = "services:\n  web: {image: 'python:3.11-slim', init: true, command: sleep 1000, mem_limit: %s}\n"


@pytest.mark.parametrize("first", ["shore", "compose"])
def test_a_replacement_that_cannot_be_made_leaves_the_old_one_running(
    shore: Shore, compose: Compose, docker: Docker, first: str
) -> None:
    shore.write(compose=REPLACED % "100m")
    (shore if first == "shore" else compose).ok("up", "-d")
    before = ids(docker, shore.project), starts(docker, shore.project)
    shore.write(compose=REPLACED % "1m")
    assert "Minimum memory limit" in compose.run("up", "-d").stderr
    assert (ids(docker, shore.project), starts(docker, shore.project)) == before
    failed = shore.run("up", "-d")
    assert (failed.code, "Minimum memory limit" in failed.err) == (1, True), failed.err
    assert (ids(docker, shore.project), starts(docker, shore.project)) == before


NETWORKED = """
services:
  web: {image: 'python:3.11-slim', init: true, command: sleep 1000, networks: {back: {aliases: [shop]}}}
  db: {image: 'python:3.11-slim', init: true, command: sleep 1000, networks: [back]}
networks: {back: {%s}}
"""


def test_names_on_a_network_that_compose_made_anew_are_mended(shore: Shore, compose: Compose, docker: Docker) -> None:
    """Docker Compose 2.40.3 leaves the containers without their names on it, and the next change of the network may
    leave them stopped, on no network."""
    shore.write(compose=NETWORKED % "")
    compose.ok("up", "-d")
    before = ids(docker, shore.project)
    shore.write(compose=NETWORKED % "internal: true")
    shore.ok("up", "-d")
    assert ids(docker, shore.project) == before
    shore.ok("exec", "-T", "db", "getent", "hosts", "shop")
    assert "Recreat" not in compose.ok("up", "-d")
    docker.ok("network", "disconnect", f"{shore.project}_back", f"{shore.project}-web-1")
    docker.ok("stop", "-t", "0", f"{shore.project}-web-1")
    shore.ok("up", "-d")
    shore.ok("exec", "-T", "db", "getent", "hosts", "shop")
    assert ids(docker, shore.project) == before


def shape(docker: Docker, project: str) -> tuple[Any, ...]:
    """The networks with all their labels but our own, and the volumes by name."""
    mine = f"label=com.docker.compose.project={project}"
    networks = docker.ok("network", "ls", "--format", "{{.Name}}", "--filter", mine).split()
    volumes = docker.ok("volume", "ls", "-q", "--filter", mine).split()
    labels = {name: docker.labels("network", name) for name in networks}
    theirs = {
        name: {key: value for key, value in found.items() if not OWN.match(key)} for name, found in labels.items()
    }
    return theirs, sorted(volumes)


def test_ps_logs_and_down_of_compose_work_on_what_shore_made(full: Shore, compose: Compose, docker: Docker) -> None:
    full.ok("up", "-d")
    assert {row["Service"] for row in compose.ps()} == {"web", "db", "shared"}
    assert "Ready to accept connections" in compose.ok("logs", "db")
    compose.ok("down", "-t", "1")
    assert ids(docker, full.project) == {}
    assert full.ps("-a") == []


def test_ps_logs_and_down_of_shore_work_on_what_compose_made(full: Shore, compose: Compose, docker: Docker) -> None:
    compose.ok("up", "-d")
    assert {row["Service"] for row in full.ps()} == {"web", "db", "shared"}
    assert "Ready to accept connections" in full.ok("logs", "db").out
    full.ok("down", "-t", "1")
    assert ids(docker, full.project) == {}


def test_ps_prints_the_same_facts(full: Shore, compose: Compose) -> None:
    full.ok("up", "-d", "--wait")
    keys = ("ID", "Name", "Service", "State", "ExitCode", "Image", "Project", "Labels")
    both = (full.ps("-a"), compose.ps())
    ours, theirs = ({row["Name"]: {key: row.get(key) for key in keys[:-1]} for row in rows} for rows in both)
    for rows in (ours, theirs):
        for row in rows.values():
            row["ID"] = row["ID"][:12]
    assert ours == theirs


KEEP = """
services:
  app: {image: 'python:3.11-slim', init: true, command: sleep 1000, volumes: ['data:/data'], stop_grace_period: 1s}
volumes:
  data: %s
"""


def kept(compose: Compose) -> bool:
    return compose.run("exec", "-T", "app", "cat", "/data/x").stdout.strip() == "kept"


def test_no_volume_is_emptied_whoever_comes_after_whom(shore: Shore, compose: Compose, docker: Docker) -> None:
    shore.write(compose=KEEP % "{labels: {a: '1'}}")
    shore.ok("up", "-d")
    shore.ok("exec", "-T", "app", "sh", "-c", "echo kept > /data/x")
    assert "com.docker.compose.config-hash" not in docker.labels("volume", f"{shore.project}_data")
    for step in (("up", "-d", "-y"), ("up", "-d", "-y", "--force-recreate"), ("down",), ("up", "-d", "-y")):
        compose.ok(*step)
    assert kept(compose)
    shore.write(compose=KEEP % "{labels: {a: '2', b: '3'}}")
    compose.ok("up", "-d", "-y")
    assert kept(compose), "compose up -y deletes a volume whose hash differs; ours has none"
    shore.ok("up", "-d")
    assert kept(compose)


def test_data_that_compose_holds_survives_all_that_shore_does(shore: Shore, compose: Compose, docker: Docker) -> None:
    """A volume that compose made has a hash label; nothing that shore does may make compose take it for another one."""
    shore.write(compose=KEEP % "{labels: {a: '1'}}")
    compose.ok("up", "-d")
    compose.ok("exec", "-T", "app", "sh", "-c", "echo kept > /data/x")
    made = docker.ok("volume", "inspect", f"{shore.project}_data")
    for step in (("up", "-d"), ("up", "-d", "-V", "--force-recreate"), ("down", "-t", "1"), ("up", "-d", "-y")):
        shore.ok(*step)
    assert kept(compose)
    compose.ok("down", "-t", "1")
    shore.ok("up", "-d")
    compose.ok("up", "-d", "-y")
    assert kept(compose)
    assert docker.ok("volume", "inspect", f"{shore.project}_data") == made, "the same volume, label by label"


def test_down_of_either_keeps_the_volumes_of_the_other(shore: Shore, compose: Compose, docker: Docker) -> None:
    shore.write(compose=KEEP % "{}")
    for one, other in ((shore, compose), (compose, shore)):
        one.ok("up", "-d")
        one.ok("exec", "-T", "app", "sh", "-c", "echo kept > /data/x")
        other.ok("down", "-t", "1")
        assert docker.ok("volume", "ls", "-q", "--filter", f"name={shore.project}_data") == f"{shore.project}_data"
        one.ok("up", "-d")
        assert kept(compose)
        other.ok("down", "-v", "-t", "1")
        assert docker.ok("volume", "ls", "-q", "--filter", f"name={shore.project}_data") == ""


def test_a_volume_whose_options_changed_is_refused_not_recreated(shore: Shore, docker: Docker) -> None:
    shore.write(compose=KEEP % "{}")
    shore.ok("up", "-d")
    shore.ok("exec", "-T", "app", "sh", "-c", "echo kept > /data/x")
    shore.write(compose=KEEP % "{driver_opts: {type: tmpfs, device: tmpfs}}")
    done = shore.run("up", "-d", "--force-recreate")
    assert done.code == 1
    assert "its driver options differ from the file's" in done.err
    assert "compose.yaml" in done.err
    assert shore.ok("exec", "-T", "app", "cat", "/data/x").out.strip() == "kept"


def test_one_off_containers_of_either_are_not_taken_for_services(shore: Shore, compose: Compose) -> None:
    shore.write(compose=KEEP % "{}")
    shore.ok("run", "-d", "app", "sleep", "1000")
    compose.ok("up", "-d")
    assert f"{shore.project}-app-1" in {row["Name"] for row in compose.ps()}, "the one-off is no instance of app"
    compose.ok("rm", "-fs", "app")
    compose.ok("run", "-d", "app", "sleep", "1000")
    assert "up to date" not in shore.ok("up", "-d").err
    shore.ok("down", "-t", "1", "--remove-orphans")
    assert compose.ps() == []
