"""The stack of routed.yaml on a Swarm of three managers, asked from outside while something happens to it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from bench.machine import RESULTS, table

from tests.docker.dockerd import hosting
from tests.localregistry import local_registry, why_no_registry
from tests.ship.client import OpenLoop
from tests.ship.small import caddy_to, python_to
from tests.ship.small import why_not as why_no_python
from tests.ship.swarmnode import why_not
from tests.ship.test_on_a_swarm import BASE, PROXY_IMAGE, Site
from tests.ship.threenodes import OURS, Member, three_nodes
from tests.shore import Done

PROJECT, PORT = "routed", 18080
LONG = "LONGSHORE_LONG_SHIP_TESTS"
LEAST, LEAST_SLOW = 2000, 300
"""Requests at a hundred a second, and at twenty a second such that take half a second."""
AFTERWARDS = 3.0
"""Seconds for which it is asked on when what happens is over."""


def the_nodes(folder: Path) -> Iterator[tuple[Member, ...]]:
    """The body of a fixture; skips, saying why, where there can be none."""
    long = "" if os.environ.get(LONG) == "1" else f"three nodes take minutes: {LONG}=1 plays them"
    for reason in (long, why_not(), why_no_registry(), why_no_python()):
        if reason:
            pytest.skip(f"three nodes: {reason}")
    for host in hosting(PROXY_IMAGE):
        with three_nodes(folder) as found:
            python_to(found[0], BASE)
            caddy_to(found[0], host, PROXY_IMAGE)
            yield found


@dataclass
class Asked:
    """What clients from outside saw."""

    quick: OpenLoop
    slow: OpenLoop

    @property
    def worst(self) -> float:
        return max(self.quick.worst, self.slow.worst)

    def cells(self) -> tuple[str, ...]:
        return (*(f"{len(one.failures)} of {one.asked:,}" for one in (self.quick, self.slow)), f"{self.worst:.2f} s")


class Routed(Site):
    """Published in a registry of its own; `edges` run the proxy."""

    def __init__(self, nodes: tuple[Member, ...], folder: Path, registry: str) -> None:
        super().__init__(nodes[0], folder, PROJECT)
        self.nodes, self.registry, self.last = nodes, registry, ""
        shutil.copy(folder / "site" / "routed.yaml", folder / "site" / "compose.yaml")

    def ship(self, *words: str, **variables: str) -> Done:
        return self.shore("ship", "--registry", self.registry, *words, **variables)

    def shipped(self, *words: str, **variables: str) -> Done:
        done = self.ship(*words, **variables)
        assert done.code == 0, done.text
        return done

    def where(self, service: str = "web") -> list[str]:
        """The nodes on which its tasks run."""
        listed = self.node.docker("service", "ps", f"{PROJECT}_{service}", "--filter", "desired-state=running",
                                  "--format", "{{.Node}} {{.CurrentState}}")  # fmt: skip
        return [line.split()[0] for line in listed.splitlines() if " Running" in f" {line.split(' ', 1)[1]}"]

    def member(self, name: str) -> Member:
        return next(one for one in self.nodes if one.name == name)

    @contextmanager
    def asked(
        self, *edges: Member, host: str = "", least: int = LEAST, least_slow: int = LEAST_SLOW
    ) -> Iterator[Asked]:
        """From outside meanwhile, and afterwards until it is often enough; with `host`, by that name at port 80."""
        addresses = [(one.address, 80 if host else PORT) for one in (edges or self.nodes[:1])]
        with OpenLoop(addresses, 100, host=host) as quick, OpenLoop(addresses, 20, "/slow", host=host) as slow:
            found = Asked(quick, slow)
            yield found
            end = time.monotonic() + AFTERWARDS
            while time.monotonic() < end or quick.asked < least or slow.asked < least_slow:
                time.sleep(0.1)
        print(f"quick: {quick}\nslow: {slow}")


@contextmanager
def routed(nodes: tuple[Member, ...], folder: Path, edges: int = 2) -> Iterator[Routed]:
    for one in nodes[:edges]:
        nodes[0].docker("node", "update", "--label-add", "longshore.edge=yes", one.name)
    with local_registry(folder / "registry", OURS) as registry:
        found = Routed(nodes, folder, f"{registry.host}/shop")
        found.shipped()
        yield found


class Record:
    """Rows that the tests of a file add; all of them make a table of bench/results."""

    def __init__(self, name: str, title: str, header: tuple[str, ...], wanted: Iterable[str]) -> None:
        self.name, self.title, self.header, self.wanted = name, title, header, tuple(wanted)
        self.rows: dict[str, tuple[str, ...]] = {}

    def add(self, what: str, *cells: str) -> None:
        self.rows[what] = (what, *cells)

    def keep_others(self, names: Iterable[str]) -> None:
        """The rows of these names that an earlier run has written."""
        place = RESULTS / "results" / f"{self.name}.md"
        for line in place.read_text().splitlines() if place.exists() else ():
            cells = tuple(one.strip() for one in line.strip("| ").split(" | "))
            if cells[0] in names:
                self.rows.setdefault(cells[0], cells)

    def write(self) -> None:
        """Only what was played whole."""
        if all(one in self.rows for one in self.wanted):
            table(self.name, self.title, self.header, [self.rows[one] for one in self.wanted])
