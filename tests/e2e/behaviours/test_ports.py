"""Published ports: where they answer, where they do not, and what is said when one is taken."""

from __future__ import annotations

import socket
import urllib.request

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

WEB = """
services:
  web:
    image: python:3.11-slim
    init: true
    command: python -m http.server 8000
    ports: [%s]
    healthcheck: {test: [CMD, python, -c, "import socket; socket.create_connection(('127.0.0.1', 8000))"]}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, host: str = "127.0.0.1") -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def test_a_published_port_answers_and_is_shown(shore: Shore) -> None:
    port = free_port()
    shore.write(compose=WEB % f"'127.0.0.1:{port}:8000'")
    shore.ok("up", "-d", "--wait")
    assert answers(port)
    assert shore.port("web", 8000) == port
    assert shore.ok("port", "web", "8000").out.strip() == f"127.0.0.1:{port}"
    shore.ok("stop", "-t", "1")
    assert not answers(port)


def test_the_engine_chooses_a_port_when_none_is_given(shore: Shore) -> None:
    shore.write(compose=WEB % "'127.0.0.1::8000'")
    shore.ok("up", "-d", "--wait")
    assert answers(shore.port("web", 8000))


def test_a_taken_port_is_told_before_anything_starts(shore: Shore) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        shore.write(compose=WEB % f"'127.0.0.1:{port}:8000'")
        done = shore.run("up", "-d")
        assert done.code == 1
        assert f"port {port} is taken by" in done.err
        assert "compose.yaml" in done.err
        assert shore.ps("-a") == []


def test_udp_is_published_too(shore: Shore) -> None:
    port = free_port()
    shore.write(
        compose=f"""
services:
  echo:
    image: python:3.11-slim
    init: true
    ports: ['127.0.0.1:{port}:9000/udp']
    command:
      - python
      - -c
      - |
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 9000)); open('/ready', 'w')
        while True:
            data, who = s.recvfrom(2048); s.sendto(data.upper(), who)
    healthcheck: {{test: [CMD, test, -e, /ready]}}
"""
    )
    shore.ok("up", "-d", "--wait")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(b"ahoy", ("127.0.0.1", port))
        assert client.recv(100) == b"AHOY"


def test_run_publishes_nothing_unless_asked(shore: Shore) -> None:
    port = free_port()
    shore.write(compose=WEB % f"'127.0.0.1:{port}:8000'")
    shore.ok("up", "-d", "--wait")
    assert shore.ok("run", "--rm", "-T", "web", "echo", "beside").out.strip() == "beside"
