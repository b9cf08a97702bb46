"""The dependency graph: order, circles, what a choice brings along."""

from __future__ import annotations

import pytest

from longshore.model.errors import ShoreError
from longshore.model.graph import dependencies, dependents, find_cycle, referred, start_order, with_dependencies
from longshore.model.service import Dependency, Service


def graph(**needs: str) -> dict[str, Service]:
    return {
        name: Service(name, depends_on={n: Dependency(n) for n in wanted.split()}) for name, wanted in needs.items()
    }


def test_each_service_comes_after_what_it_needs() -> None:
    assert start_order(graph(web="app", app="db cache", cache="", db="")) == ("db", "cache", "app", "web")


def test_a_circle_is_named() -> None:
    services = graph(a="b", b="c", c="a", d="a")
    assert find_cycle(services) == ("a", "b", "c", "a")
    with pytest.raises(ShoreError, match="a → b → c → a"):
        start_order(services)
    assert find_cycle(graph(a="a")) == ("a", "a")


def test_a_diamond_is_no_circle() -> None:
    assert find_cycle(graph(a="b c", b="d", c="d", d="")) == ()


def test_a_chain_may_be_long() -> None:
    services = graph(**{f"s{i}": f"s{i + 1}" for i in range(5000)}, s5000="")
    assert start_order(services)[0] == "s5000"


def test_a_choice_brings_its_dependencies() -> None:
    assert with_dependencies(graph(web="app", app="db", db="", other=""), ["app"]) == ("app", "db")


def test_links_and_shared_namespaces_are_dependencies() -> None:
    service = Service("a", links=("db:database",), network_mode="service:b", volumes_from=("c:ro", "container:x"))
    assert set(dependencies(service)) == {"db", "b", "c"}
    assert dependencies(service)["b"].restart


def test_what_must_exist_before_is_named_once_and_in_order() -> None:
    service = Service(
        "a", links=("db:database", "b"), network_mode="service:b", pid="service:c", ipc="shareable",
        volumes_from=("d:ro", "container:x", "b"), depends_on={"later": Dependency("later")},
    )  # fmt: skip
    assert referred(service) == ("b", "c", "d", "db")
    assert referred(Service("a", network_mode="host")) == ()


def test_dependents_are_those_that_name_it_themselves() -> None:
    assert dependents(graph(web="app", app="db", job="db", db=""), "db") == ("app", "job")


def test_a_choice_in_a_circle_ends_and_unknown_names_are_left_to_others() -> None:
    assert with_dependencies(graph(a="b", b="a", c=""), ["a", "none"]) == ("a", "b")
    assert with_dependencies(graph(web="app gone", app=""), ["web"]) == ("web", "app")
