"""What a service's process is and sees, what becomes of its hooks and of its health: the same on every engine."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e


def eventually(holds: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "never came true"
        time.sleep(0.1)


def states(shore: Shore) -> dict[str, str]:
    return {row["Service"]: row["State"] for row in shore.ps("-a")}


def health(shore: Shore, service: str) -> str:
    return str(next(row["Health"] for row in shore.ps("-a") if row["Service"] == service))


PROCESSES = """
x-debian: &debian {image: 'debian:bookworm-slim', environment: {MINE: 'yes'}, stop_grace_period: 1s}
services:
  own: {<<: *debian, command: "sh -c 'echo from-start >> /proc/1/fd/1; sleep 600; true'"}
  other-user: {<<: *debian, command: sleep 600, user: '1234'}
  init: {<<: *debian, command: "sh -c 'echo from-start >> /proc/1/fd/1; exec sleep 600'", init: true, user: '1234'}
"""


def test_process_1_is_the_service(shore: Shore) -> None:
    """Its environment is to be read, its output to be written to; without a handler it does not end by SIGTERM."""
    shore.write(compose=PROCESSES)
    shore.ok("up", "-d")
    for service in ("own", "other-user", "init"):
        read = "tr '\\0' '\\n' < /proc/1/environ | grep MINE; echo from-exec > /proc/1/fd/1"
        assert shore.ok("exec", "-T", service, "sh", "-c", read).out == "MINE=yes\n", service
    first = {service: shore.ok("exec", "-T", service, "cat", "/proc/1/cmdline").out for service in ("own", "init")}
    assert first["own"].startswith("sh\0-c\0")
    assert "init" in first["init"]
    for service, lines in {"own": 2, "other-user": 1, "init": 2}.items():
        eventually(lambda one=service, many=lines: shore.ok("logs", one).out.count("from-") == many)  # type: ignore[misc]
    shore.ok("stop")
    codes = {row["Service"]: row["ExitCode"] for row in shore.ps("-a")}
    assert codes == {"own": 137, "other-user": 137, "init": 143}


NAMES = """
x-debian: &debian {image: 'debian:bookworm-slim', command: sleep 600, stop_grace_period: 0s}
services:
  vpn: {<<: *debian, hostname: vpnhost, extra_hosts: ['secret.corp=10.1.1.1'], dns_search: [corp.test]}
  app: {<<: *debian, network_mode: 'service:vpn'}
  mounted: {<<: *debian, volumes: ['./h:/etc/hosts:ro', './r:/etc/resolv.conf', './n:/etc/hostname']}
"""


def test_host_names_come_with_a_shared_network_and_mounts_win(shore: Shore) -> None:
    shore.write(compose=NAMES, h="10.0.0.1 mine\n", r="nameserver 9.9.9.9\n", n="myname\n")
    shore.ok("up", "-d")
    look = "hostname; echo $HOSTNAME; grep -o '10.1.1.1.*corp' /etc/hosts; grep search /etc/resolv.conf"
    said = shore.ok("exec", "-T", "app", "bash", "-c", look).out.split("\n")
    assert [line.replace("\t", " ") for line in said] == [
        "vpnhost", "vpnhost", "10.1.1.1 secret.corp", "search corp.test", "",
    ]  # fmt: skip
    files = ("/etc/hosts", "/etc/resolv.conf", "/etc/hostname")
    assert shore.ok("exec", "-T", "mounted", "cat", *files).out == "10.0.0.1 mine\nnameserver 9.9.9.9\nmyname\n"


REFUSED = """
x-debian: &debian {image: 'debian:bookworm-slim', command: 'true'}
services:
  directory: {<<: *debian, working_dir: rel}
  target: {<<: *debian, volumes: ['./d:rel/path']}
  memory: {<<: *debian, tmpfs: [rel]}
  root: {<<: *debian, volumes: ['data:/']}
  signal: {<<: *debian, stop_signal: SIGFOO}
  secret: {<<: *debian, read_only: true, secrets: [word]}
volumes: {data: {}}
secrets: {word: {environment: WORD}}
"""


def test_what_no_engine_takes_is_refused_before_it_runs(shore: Shore) -> None:
    shore.write(compose=REFUSED, **{".env": "WORD=x\n"})
    words = {"directory": "absolute", "target": "absolute", "memory": "absolute", "root": "destination can't be '/'"}
    for service, word in {**words, "signal": "SIGFOO", "secret": "read_only"}.items():
        done = shore.run("up", "-d", service)
        assert (done.code, word in done.err) == (1, True), (service, done.text)
        assert service not in states(shore)


HOOKS = """
x-debian: &debian {image: 'debian:bookworm-slim', command: sleep 600, stop_grace_period: 0s}
services:
  bad: {<<: *debian, post_start: [{command: [sh, -c, 'echo oops; exit 3']}, {command: [touch, /second]}]}
  web: {<<: *debian, depends_on: [bad]}
  stubborn: {<<: *debian, pre_stop: [{command: [sh, -c, 'test -e /may-stop']}]}
"""


def test_a_hook_that_fails_fails_the_command(shore: Shore) -> None:
    shore.write(compose=HOOKS)
    done = shore.run("up", "-d", "web")
    assert done.code == 1
    assert "exited with code 3" in done.err
    assert "oops" in done.err
    assert states(shore) == {"bad": "running", "web": "created"}
    assert shore.run("exec", "-T", "bad", "ls", "/second").code != 0
    shore.ok("up", "-d", "stubborn")
    assert shore.run("stop", "stubborn").code == 1
    assert states(shore)["stubborn"] == "running"
    shore.ok("exec", "-T", "stubborn", "touch", "/may-stop")
    shore.ok("stop", "stubborn")
    assert states(shore)["stubborn"] == "exited"


HEALTH = """
x-debian: &debian {image: 'debian:bookworm-slim', command: sleep 600, stop_grace_period: 0s}
services:
  fast: {<<: *debian, healthcheck: {test: 'false', interval: 500ms, timeout: 60s, retries: 3}}
  after: {<<: *debian, depends_on: {fast: {condition: service_healthy}}}
  lacking: {<<: *debian, healthcheck: {test: 'curl -f http://localhost || exit 1', interval: 500ms, retries: 2}}
  listed: {<<: *debian, healthcheck: {test: [CMD, nc, -z, localhost, '1'], interval: 500ms, retries: 2}}
  waiting: {<<: *debian, healthcheck: {test: test -e /ok, interval: 300ms, retries: 1, start_period: 60s}}
"""


def test_health_has_the_author_s_patience(shore: Shore) -> None:
    """A check that fails fast is unhealthy after its retries; a program that the image lacks fails; in the start
    period nothing counts."""
    shore.write(compose=HEALTH)
    began = time.monotonic()
    done = shore.run("up", "-d", "after")
    assert done.code == 1
    assert time.monotonic() - began < 45, "the time-out of a check that does not hang has been waited for"
    assert "unhealthy" in done.err
    assert states(shore) == {"fast": "running", "after": "created"}
    shore.ok("up", "-d", "lacking", "listed", "waiting")
    for service in ("lacking", "listed"):
        eventually(lambda one=service: health(shore, one) == "unhealthy")  # type: ignore[misc]
    assert health(shore, "waiting") == "starting"
    shore.ok("exec", "-T", "waiting", "touch", "/ok")
    eventually(lambda: health(shore, "waiting") == "healthy")


SERVER = """
services:
  web:
    image: python:3.11-slim
    command: python -m http.server 8000
    init: true
    healthcheck: {test: 'curl -fs http://localhost:8000/', interval: 500ms, retries: 3}
"""


def test_a_server_that_answers_is_unhealthy_by_a_program_that_its_image_lacks(shore: Shore) -> None:
    shore.write(compose=SERVER)
    done = shore.run("up", "-d", "--wait")
    assert done.code == 1
    assert "curl" in done.err
    assert health(shore, "web") == "unhealthy"


DATABASE = """
services:
  db:
    image: postgres:15-alpine
    environment: {POSTGRES_USER: owner, POSTGRES_PASSWORD: secret, POSTGRES_DB: shop}
    healthcheck: {test: [CMD, pg_isready, -U, owner, -d, shop], interval: 300ms, retries: 100}
"""


def test_probes_leave_no_line_in_the_log_of_a_database(shore: Shore) -> None:
    shore.write(compose=DATABASE)
    shore.ok("up", "-d", "--wait")
    time.sleep(1.5)
    assert "role " not in shore.ok("logs", "db").out
