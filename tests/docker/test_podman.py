"""Podman's compatible socket: up, ps, logs, exec, run, down; its health checks, which never fire without systemd."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docker import podman
from tests.shore import Shore

pytestmark = pytest.mark.e2e

TWO = """
services:
  redis:
    image: redis:7-alpine
    volumes: [data:/data]
    healthcheck: {test: [CMD, redis-cli, ping], interval: 10s}
  web:
    image: python:3.11-slim
    command: sh -c 'echo ahoy; exec sleep 1000'
    stop_signal: SIGKILL
    read_only: true
    tmpfs: [/scratch, /run/postgresql]
    volumes: [{type: tmpfs, target: /own, tmpfs: {mode: 0o700}}]
    depends_on: {redis: {condition: service_healthy}}
volumes: {data: {}}
"""


@pytest.fixture(scope="module")
def podman_host(docker_host: str) -> Iterator[str]:
    reason = podman.why_not()
    if reason:
        pytest.skip(reason)
    images = ("redis:7-alpine", "python:3.11-slim")
    with (
        tempfile.TemporaryDirectory(prefix="shore-podman-", ignore_cleanup_errors=True) as folder,
        podman.running(Path(folder), docker_host, *images) as host,
    ):
        yield host


@pytest.fixture
def on_podman(podman_host: str, tmp_path: Path) -> Iterator[Shore]:
    (tmp_path / "p").mkdir()
    shore = Shore(tmp_path / "p", tmp_path / "home", "docker", "pod", extra={"DOCKER_HOST": podman_host})
    shore.write(compose=TWO)
    yield shore
    shore.down()


def test_a_stack_on_podman(on_podman: Shore) -> None:
    on_podman.ok("up", "-d", "--wait")
    rows = {row["Service"]: row for row in on_podman.ps()}
    assert {name: row["State"] for name, row in rows.items()} == {"redis": "running", "web": "running"}
    assert rows["redis"]["Health"] == "healthy", "seen by Longshore: Podman itself needs systemd for it"
    ask = "import socket; print(socket.create_connection(('redis', 6379), 2) and 'reached')"
    assert on_podman.ok("exec", "-T", "web", "python", "-c", ask).out.strip() == "reached"
    assert on_podman.ok("logs", "--no-log-prefix", "web").out.strip() == "ahoy"
    modes = on_podman.ok("exec", "-T", "web", "stat", "-c", "%a", "/scratch", "/own", "/run/postgresql").out.split()
    assert modes == ["1777", "700", "1777"], "Docker's mode where none is asked; Podman's own is root's alone"
    written = "for folder in /run /tmp /var/tmp /; do touch $folder/x 2>/dev/null && echo $folder; done; echo end"
    assert on_podman.ok("exec", "-T", "web", "sh", "-c", written).out.split() == ["end"], "read-only, as on Docker"
    assert on_podman.ok("run", "--rm", "-T", "web", "cat", stdin="piped").out == "piped"


def test_up_again_changes_nothing_and_down_leaves_only_data(on_podman: Shore) -> None:
    on_podman.ok("up", "-d", "--wait")
    before = {row["ID"] for row in on_podman.ps()}
    on_podman.ok("up", "-d")
    assert {row["ID"] for row in on_podman.ps()} == before
    on_podman.ok("down", "-t", "1")
    assert on_podman.ps("-a") == []
    assert "pod_data" in on_podman.ok("volumes").out


BUILT = """
services:
  web:
    build:
      context: .
      args: {WHAT: ahoy}
      dockerfile_inline: |
        FROM python:3.11-slim AS base
        ARG WHAT
        RUN --mount=type=secret,id=word echo "$$WHAT $$(cat /run/secrets/word)" > /said
        FROM base
        COPY --from=base --chown=1000:1000 said /own
        USER 1000
        HEALTHCHECK --interval=10s CMD test -O /own
        CMD ["sh", "-c", "cat /own; exec sleep 1000"]
      secrets: [word]
    stop_signal: SIGKILL
secrets: {word: {environment: WORD}}
"""


def test_an_image_is_built_by_podmans_own_builder(on_podman: Shore) -> None:
    on_podman.extra = {**on_podman.extra, "WORD": "sailor"}
    on_podman.write(compose=BUILT)
    first = on_podman.ok("up", "-d", "--build", "--wait")
    assert "RUN --mount=type=secret" in first.text
    assert on_podman.ok("logs", "--no-log-prefix", "web").out.strip() == "ahoy sailor"
    assert on_podman.ps()[0]["Health"] == "healthy", "its HEALTHCHECK is in the image"
    again = on_podman.ok("build")
    assert "cached" in again.text
    assert "sailor" not in again.text
    on_podman.write(compose=BUILT.replace("> /said", "&& exit 3"))
    failed = on_podman.run("build")
    assert failed.code == 1
    assert "web: build failed at step 3/3: RUN --mount=type=secret" in failed.err
    refused = on_podman.run("build", "--sbom=true")
    assert (refused.code, "is not known to Podman's builder" in refused.err) == (1, True), refused.text
