"""Names and aliases; networks kept apart."""

from __future__ import annotations

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

ASK = """
import socket, sys
try:
    print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).getpeername()[0])
except OSError as error:
    sys.exit(str(error))
"""

TWO_NETWORKS = """
x-idle: &idle {image: 'python:3.11-slim', init: true, command: sleep 1000}
services:
  web:
    image: python:3.11-slim
    init: true
    command: python -m http.server 8000
    hostname: front-door
    networks: {outer: {aliases: [shop, www.shop.test]}}
    healthcheck: {test: [CMD, python, -c, "import socket; socket.create_connection(('127.0.0.1', 8000))"]}
  near: {<<: *idle, networks: [outer]}
  far: {<<: *idle, networks: [inner]}
  both: {<<: *idle, networks: [inner, outer]}
networks: {outer: {}, inner: {internal: true}}
"""


def reaches(shore: Shore, service: str, host: str) -> bool:
    return shore.run("exec", "-T", service, "python", "-c", ASK, host, "8000").code == 0


@pytest.fixture
def networks(shore: Shore) -> Shore:
    shore.write(compose=TWO_NETWORKS)
    shore.ok("up", "-d", "--wait")
    return shore


def test_names_aliases_and_separation(networks: Shore) -> None:
    project = networks.project
    for name in ("web", "shop", "www.shop.test", f"{project}-web-1"):
        assert reaches(networks, "near", name), name
    assert reaches(networks, "both", "web")
    assert not reaches(networks, "far", "web"), "another network"
    address = networks.ok("exec", "-T", "near", "python", "-c", ASK, "web", "8000").out.strip()
    assert not reaches(networks, "far", address), "not by its address either"


def test_the_host_name_is_the_one_asked_for(networks: Shore) -> None:
    assert networks.ok("exec", "-T", "web", "hostname").out.strip() == "front-door"


def test_replicas_share_the_service_name(shore: Shore) -> None:
    shore.write(compose="services: {web: {image: 'python:3.11-slim', init: true, command: sleep 1000}}")
    shore.ok("up", "-d", "--scale", "web=3")
    ask = "import socket; print(len({i[4][0] for i in socket.getaddrinfo('web', 80, socket.AF_INET)}))"
    assert shore.ok("exec", "-T", "web", "python", "-c", ask).out.strip() == "3"


def test_extra_hosts_are_known_inside(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  web:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    extra_hosts: ["printer.test:10.9.8.7"]
"""
    )
    shore.ok("up", "-d")
    ask = "import socket; print(socket.gethostbyname('printer.test'))"
    assert shore.ok("exec", "-T", "web", "python", "-c", ask).out.strip() == "10.9.8.7"


def test_a_service_may_live_in_another_ones_network(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  web: {image: 'python:3.11-slim', init: true, command: python -m http.server 8000}
  side: {image: 'python:3.11-slim', init: true, command: sleep 1000, network_mode: 'service:web'}
"""
    )
    shore.ok("up", "-d", "--wait")
    for _ in range(20):
        if reaches(shore, "side", "127.0.0.1"):
            return
    raise AssertionError("side does not reach web on its own loopback")
