"""Servers of the catalogue, brought up by the official image's contract, natively as root and as an ordinary user."""

from __future__ import annotations

import pytest

from tests.shore import Shore

pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("engine", ["native-root", "native-user"], indirect=True)]

MEMCACHED = """
services:
  cache:
    image: memcached:1.6-alpine
    command: [-m, "32", -p, "11300"]
    healthcheck: {test: nc -z 127.0.0.1 11300, interval: 30s}
"""
ASK = r"""
id -un
exec 3<> /dev/tcp/127.0.0.1/11300
printf 'set x 0 0 4\r\nkept\r\nget x\r\nstats settings\r\nquit\r\n' >&3
cat <&3
"""


def test_memcached_takes_options_alone(shore: Shore) -> None:
    shore.write(compose=MEMCACHED)
    shore.ok("up", "-d", "--wait")
    said = shore.ok("exec", "-T", "cache", "bash", "-c", ASK).out.split()
    assert said[0] == "memcache"
    assert "kept" in said
    assert said[said.index("maxbytes") + 1] == str(32 << 20)
    assert "memcached 1.6" in shore.ok("ps").out


RABBITMQ = """
services:
  mq:
    image: rabbitmq:3-management-alpine
    hostname: mq
    environment: {RABBITMQ_DEFAULT_USER: app, RABBITMQ_DEFAULT_PASS: secret, RABBITMQ_DEFAULT_VHOST: shop}
    volumes: ["mq:/var/lib/rabbitmq"]
    healthcheck: {test: [CMD, rabbitmq-diagnostics, -q, ping], interval: 30s, timeout: 10s}
volumes: {mq: {}}
"""
MANAGEMENT = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:15672').status)"


def test_rabbitmq_is_healthy_when_it_can_be_used_and_keeps_what_it_holds(shore: Shore) -> None:
    shore.write(compose=RABBITMQ)
    shore.ok("up", "-d", "--wait")
    shore.ok("exec", "-T", "mq", "bash", "-c", "exec 3<> /dev/tcp/127.0.0.1/5672")
    assert shore.ok("exec", "-T", "mq", "python3", "-c", MANAGEMENT).out.strip() == "200"
    shore.ok("exec", "-T", "mq", "rabbitmqctl", "add_user", "other", "x")
    shore.ok("stop")
    assert "exited (0)" in shore.ok("ps", "-a").out
    assert "Server startup complete" in shore.ok("logs", "mq").out
    shore.ok("up", "-d", "--wait")
    users = shore.ok("exec", "-T", "mq", "rabbitmqctl", "-q", "list_users").out
    assert {"app", "other"} <= {line.split("\t")[0] for line in users.splitlines()}
    assert "rabbit@mq" in shore.ok("exec", "-T", "mq", "rabbitmqctl", "status").out


def test_rabbitmq_refuses_variables_that_the_image_no_longer_knows(shore: Shore) -> None:
    shore.write(compose="services: {mq: {image: 'rabbitmq:3', environment: {RABBITMQ_DEFAULT_PASS_FILE: /x}}}")
    shore.run("up", "-d", "--wait")
    assert "error: RABBITMQ_DEFAULT_PASS_FILE is set but deprecated" in shore.ok("logs", "mq").text
