"""`shore ship` on a real Swarm of three managers, its proxy on two of them: nothing that one does to a release loses a
request, and neither does the loss of a node."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docker.dockerd import hosting
from tests.localregistry import local_registry, why_no_registry
from tests.ship.client import OpenLoop
from tests.ship.small import caddy_to, python_to
from tests.ship.small import why_not as why_no_python
from tests.ship.swarmnode import why_not
from tests.ship.test_on_a_swarm import BASE, PROXY_IMAGE, Site, by_tls
from tests.ship.threenodes import OURS, Member, three_nodes
from tests.shore import Done

pytestmark = pytest.mark.e2e

PROJECT, PORT = "routed", 18080
LONG = "LONGSHORE_LONG_SHIP_TESTS"
LEAST, LEAST_SLOW, SLOWEST = 2000, 300, 2.0
"""Requests at a hundred a second, requests that take half a second, and seconds that none of them may exceed."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Member, ...]]:
    long = "" if os.environ.get(LONG) == "1" else f"three nodes take three minutes: {LONG}=1 plays them"
    for reason in (long, why_not(), why_no_registry(), why_no_python()):
        if reason:
            pytest.skip(f"three nodes: {reason}")
    for host in hosting(PROXY_IMAGE):
        with three_nodes(tmp_path_factory.mktemp("nodes")) as found:
            python_to(found[0], BASE)
            caddy_to(found[0], host, PROXY_IMAGE)
            yield found


class Routed(Site):
    """The stack of routed.yaml, published in a registry of its own."""

    def __init__(self, nodes: tuple[Member, ...], folder: Path, registry: str) -> None:
        super().__init__(nodes[0], folder, PROJECT)
        self.nodes, self.registry = nodes, registry
        shutil.copy(folder / "site" / "routed.yaml", folder / "site" / "compose.yaml")

    def ship(self, **variables: str) -> Done:
        return self.shore("ship", "--registry", self.registry, **variables)

    def where(self, service: str = "web") -> list[str]:
        """The nodes on which its tasks run."""
        listed = self.node.docker("service", "ps", f"{PROJECT}_{service}", "--filter", "desired-state=running",
                                  "--format", "{{.Node}} {{.CurrentState}}")  # fmt: skip
        return [line.split()[0] for line in listed.splitlines() if " Running" in line]

    @contextmanager
    def asked(self, *edges: Member) -> Iterator[tuple[OpenLoop, OpenLoop]]:
        """From outside meanwhile, and afterwards until it is often enough; none fails and none hangs."""
        addresses = [(one.address, PORT) for one in (edges or self.nodes[:1])]
        with OpenLoop(addresses, 100) as quick, OpenLoop(addresses, 20, "/slow") as slow:
            yield quick, slow
            while quick.asked < LEAST or slow.asked < LEAST_SLOW:
                time.sleep(0.1)
        print(f"quick: {quick}\nslow: {slow}")
        assert not quick.failures, str(quick)
        assert not slow.failures, str(slow)
        assert max(quick.worst, slow.worst) < SLOWEST, (quick.worst, slow.worst)


@pytest.fixture(scope="module")
def site(nodes: tuple[Member, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routed]:
    folder = tmp_path_factory.mktemp("routed")
    for one in nodes[:2]:
        nodes[0].docker("node", "update", "--label-add", "longshore.edge=yes", one.name)
    with local_registry(folder / "registry", OURS) as registry:
        found = Routed(nodes, folder, f"{registry.host}/shop")
        done = found.ship()
        assert done.code == 0, done.text
        assert f"on every node  {registry.host}/shop/web@sha256:" in done.err
        yield found
        done = found.ok("ship", "down")
    assert nodes[0].docker("service", "ls", "-q") == nodes[0].docker("config", "ls", "-q") == ""


def test_an_update_a_new_secret_and_the_way_back(site: Routed) -> None:
    with site.asked() as (quick, _):
        done = site.ship(VERSION="2", TOKEN="red-whale-22")
        back = site.shore("ship", "rollback")
    assert (done.code, back.code) == (0, 0), (done.text, back.text)
    assert {"1 blue-whale-1", "2 red-whale-22"} <= quick.answers
    assert " probes, 0 failed, worst " in done.out


@pytest.mark.parametrize(("version", "words"), [("sick", "health"), ("crash", "I crash")])
def test_a_release_that_fails(site: Routed, version: str, words: str) -> None:
    with site.asked() as (quick, _):
        done = site.ship(VERSION=version)
    assert done.code == 1
    assert words in done.err, done.err
    assert quick.answers == {"1 blue-whale-1"}


def test_a_route_that_changes_is_in_force_on_both_edges_when_ship_ends(site: Routed) -> None:
    before = site.node.docker("service", "ps", "-q", "longshore-proxy_edge", "longshore-proxy_port-18080")
    with site.asked(*site.nodes[:2]):
        done = site.ship(BEHIND="other")
    assert done.code == 0, done.text
    assert "the proxy has its routes" in done.err
    assert before == site.node.docker("service", "ps", "-q", "longshore-proxy_edge", "longshore-proxy_port-18080")
    for edge in site.nodes[:2]:
        assert by_tls(edge.address) == "other grey-whale-0"
    assert site.ship().code == 0
