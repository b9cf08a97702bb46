"""Environment, secrets, configs, users and the like: what a process finds when it starts."""

from __future__ import annotations

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e


def inside(shore: Shore, *argv: str) -> str:
    return shore.ok("exec", "-T", "app", *argv).out.strip()


def test_environment_of_every_kind(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  app:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    env_file: [app.env]
    environment:
      PLAIN: a b
      FROM_DOTENV: "${TOKEN}-${MISSING:-default}"
      DOLLAR: "$$HOME"
      OVER: environment
      PASSED:
""",
        **{".env": "TOKEN=t0ken\nPASSED=through\n", "app.env": "OVER=file\nONLY='in file'\n"},
    )
    shore.ok("up", "-d")
    seen = dict(line.partition("=")[::2] for line in inside(shore, "env").splitlines())
    expected = {
        "PLAIN": "a b", "FROM_DOTENV": "t0ken-default", "DOLLAR": "$HOME", "OVER": "environment", "ONLY": "in file",
        "PASSED": "through",
    }  # fmt: skip
    assert {name: seen.get(name) for name in expected} == expected


def test_secrets_and_configs_arrive_where_they_should(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  app:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    secrets:
      - from_file
      - {source: from_variable, target: token, mode: 0o400}
    configs:
      - {source: inline, target: /etc/app.conf}
secrets:
  from_file: {file: ./secret.txt}
  from_variable: {environment: API_TOKEN}
configs:
  inline: {content: "listen ${PORT:-8000}"}
""",
        **{"secret.txt": "s3cret\n", ".env": "API_TOKEN=abc123\n"},
    )
    (shore.folder / "secret.txt").chmod(0o644)
    shore.ok("up", "-d")
    assert inside(shore, "cat", "/run/secrets/from_file") == "s3cret"
    assert inside(shore, "cat", "/run/secrets/token") == "abc123"
    assert inside(shore, "stat", "-c", "%a", "/run/secrets/token") == "400"
    assert inside(shore, "cat", "/etc/app.conf") == "listen 8000"
    assert "abc123" not in inside(shore, "env")
    (shore.folder / "secret.txt").write_text("another\n")
    assert inside(shore, "cat", "/run/secrets/from_file") == "another", "the file itself is seen"
    assert "up to date" in shore.ok("up", "-d").err, "as with Docker Compose, it recreates nothing"


def test_a_secret_from_a_variable_that_is_not_set_is_refused_before_anything_is_made(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  app: {image: 'python:3.11-slim', init: true, command: sleep 1000, secrets: [token]}
secrets: {token: {environment: NOT_SET_ANYWHERE}}
"""
    )
    refused = shore.run("up", "-d")
    assert (refused.code, shore.ps("-a")) == (1, [])
    assert "secrets.token: the variable NOT_SET_ANYWHERE is not set" in refused.err
    shore.write(**{".env": "NOT_SET_ANYWHERE=\n"})
    shore.ok("up", "-d")
    assert inside(shore, "cat", "/run/secrets/token") == ""


def test_user_working_directory_and_entrypoint(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  app:
    image: python:3.11-slim
    init: true
    user: "1234:1234"
    working_dir: /tmp
    entrypoint: [sh, -c]
    command: ["id -u; pwd; exec sleep 1000"]
"""
    )
    shore.ok("up", "-d")
    assert inside(shore, "id", "-u") == "1234"
    assert inside(shore, "pwd") == "/tmp"
    assert shore.ok("logs", "--no-log-prefix", "app").out.split() == ["1234", "/tmp"]


def test_a_read_only_root_can_still_write_to_tmpfs(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  app: {image: 'python:3.11-slim', init: true, command: sleep 1000, read_only: true, tmpfs: [/scratch]}
"""
    )
    shore.ok("up", "-d")
    inside(shore, "touch", "/scratch/x")
    done = shore.run("exec", "-T", "app", "touch", "/x")
    assert done.code != 0
    assert "Read-only" in done.err


def test_capabilities_are_those_asked_for(shore: Shore) -> None:
    shore.write(
        compose="services: {app: {image: 'python:3.11-slim', init: true, command: sleep 1000, cap_drop: [ALL]}}"
    )
    shore.ok("up", "-d")
    held = next(line for line in inside(shore, "cat", "/proc/self/status").splitlines() if line.startswith("CapEff"))
    assert int(held.split()[1], 16) == 0


def test_ulimits_and_sysctls(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  app:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    ulimits: {nofile: {soft: 123, hard: 456}}
"""
    )
    shore.ok("up", "-d")
    limits = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    done = shore.ok("run", "--rm", "-T", "app", "python", "-c", limits)
    assert done.out.strip() == "(123, 456)"
