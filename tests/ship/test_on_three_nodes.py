"""`shore ship` on a real Swarm of three managers, its proxy on two of them: nothing that one does to a release loses a
request. What was counted is written to bench/results/ship-gapless.md."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.ship.routed import Asked, Record, Routed, routed
from tests.ship.test_on_a_swarm import by_tls
from tests.ship.threenodes import Member, until

pytestmark = pytest.mark.e2e

SLOWEST = 2.0
"""Seconds that no request may exceed."""
EVENTS = ("deploy", "rollback", "sick release", "crashing release", "secret rotation", "route change",
          "drain, one replica")  # fmt: skip


@pytest.fixture(scope="module")
def record() -> Iterator[Record]:
    header = ("meanwhile", "failed at 100/s", "failed of half a second each, at 20/s", "slowest")
    title = "Requests from outside while `shore ship` works on a Swarm of three nodes"
    found = Record("ship-gapless", title, header, EVENTS)
    yield found
    found.write()


@pytest.fixture(scope="module")
def site(nodes: tuple[Member, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routed]:
    with routed(nodes, tmp_path_factory.mktemp("routed")) as found:
        yield found
        found.ok("ship", "down")
    assert nodes[0].docker("service", "ls", "-q") == nodes[0].docker("config", "ls", "-q") == ""


@contextmanager
def gapless(site: Routed, record: Record, what: str, *edges: Member, host: str = "") -> Iterator[Asked]:
    """None fails and none hangs."""
    with site.asked(*edges, host=host) as asked:
        yield asked
    record.add(what, *asked.cells())
    assert not asked.quick.failures, str(asked.quick)
    assert not asked.slow.failures, str(asked.slow)
    assert asked.worst < SLOWEST


def test_deploy(site: Routed, record: Record) -> None:
    with gapless(site, record, "deploy") as asked:
        done = site.shipped(VERSION="2")
    assert asked.quick.answers == {"1 blue-whale-1", "2 blue-whale-1"}
    assert " probes, 0 failed, worst " in done.out


def test_rollback(site: Routed, record: Record) -> None:
    with gapless(site, record, "rollback") as asked:
        site.ok("ship", "rollback")
    assert asked.quick.answers == {"2 blue-whale-1", "1 blue-whale-1"}


@pytest.mark.parametrize(("version", "words"), [("sick", "health"), ("crash", "I crash")])
def test_a_release_that_fails(site: Routed, record: Record, version: str, words: str) -> None:
    with gapless(site, record, {"sick": "sick release", "crash": "crashing release"}[version]) as asked:
        done = site.ship(VERSION=version)
    assert done.code == 1
    assert words in done.err, done.err
    assert asked.quick.answers == {"1 blue-whale-1"}


def test_a_new_secret(site: Routed, record: Record) -> None:
    with gapless(site, record, "secret rotation") as asked:
        site.shipped(TOKEN="red-whale-22")
    assert asked.quick.answers == {"1 blue-whale-1", "1 red-whale-22"}
    site.shipped()


def test_a_route_that_changes_is_in_force_on_both_edges_when_ship_ends(site: Routed, record: Record) -> None:
    proxies = ("service", "ps", "-q", "longshore-proxy_edge", "longshore-proxy_port-18080")
    before, host = site.node.docker(*proxies), "shop.example.org"
    site.shipped(TLS="off")
    with gapless(site, record, "route change", *site.nodes[:2], host=host) as asked:
        done = site.shipped(BEHIND="other", TLS="off")
        assert "the proxy has its routes" in done.err
        changed = time.monotonic()
    old = [began for began, answer in asked.quick.heard if answer.startswith("1 ")]
    assert asked.quick.answers == {"1 blue-whale-1", "other grey-whale-0"}
    assert max(old) < changed
    site.shipped()
    for edge in site.nodes[:2]:
        assert by_tls(edge.address) == "1 blue-whale-1"
    assert before == site.node.docker(*proxies)


def test_a_node_is_drained_of_the_only_task(site: Routed, record: Record) -> None:
    site.shipped(AVOID="n1")
    until(lambda: len(site.where()) == 1, "one task")
    (name,) = site.where()
    try:
        with gapless(site, record, "drain, one replica"):
            done = site.ok("ship", "drain", name)
        assert "routed_web runs elsewhere" in done.err
        assert name not in site.where()
        assert site.node.docker("node", "inspect", "-f", "{{.Spec.Availability}}", name) == "drain"
    finally:
        site.node.docker("node", "update", "--availability", "active", name)
