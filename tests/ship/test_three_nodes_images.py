"""Images of releases that are gone leave all three nodes, and no other image does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.ship.routed import Routed, routed, the_nodes
from tests.ship.threenodes import Member, until

pytestmark = pytest.mark.e2e

INLINE = """build:
      context: .
      dockerfile_inline: |
        FROM python:3.11-slim
        COPY app.py /app.py
        LABEL made=${MADE:-0}
        CMD ["python3", "/app.py"]
"""
MINE = "mine:kept"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Member, ...]]:
    yield from the_nodes(tmp_path_factory.mktemp("nodes"))


@pytest.fixture(scope="module")
def site(nodes: tuple[Member, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routed]:
    nodes[0].docker("swarm", "update", "--task-history-limit", "0")  # an ended container holds its image
    with routed(nodes, tmp_path_factory.mktemp("routed"), edges=1) as found:
        file = found.folder / "site" / "compose.yaml"
        text = file.read_text().replace("build: .\n", INLINE, 1).replace("  ship:\n", "  ship:\n    keep: 2\n", 1)
        file.write_text(text)
        yield found
        found.ok("ship", "down")


def digests(node: Member, project: str = "routed") -> set[str]:
    """Of what was built for the project, on one node."""
    listed = node.docker("images", "--digests", "--filter", f"label=com.docker.compose.project={project}",
                         "--format", "{{.Digest}}")  # fmt: skip
    return set(listed.split()) - {"<none>"}


def kept(site: Routed) -> set[str]:
    """What the releases that are there name."""
    names = [one for one in site.node.docker("config", "ls", "--format", "{{.Name}}").split() if "_release_" in one]
    text = "".join(site.node.docker("config", "inspect", "--pretty", one) for one in names)
    return {one.partition("@")[2] for one in re.findall(r"/shop/\w+@sha256:[0-9a-f]{64}", text)}


def test_what_no_release_needs_leaves_every_node(site: Routed) -> None:
    site.shipped(MADE="1")
    first = digests(site.nodes[0])
    assert first == digests(site.nodes[1]) == digests(site.nodes[2])
    site.node.docker("tag", "routed-web:latest", MINE)
    others = {one.name: one.docker("images", "-q", "python").split() for one in site.nodes}
    for made in range(2, 6):
        done = site.shipped(MADE=str(made))
        print(done.err)
    assert "images of releases that are gone are removed from every node" in done.err
    needed = kept(site)
    for one in site.nodes:
        until(lambda node=one: not node.docker("ps", "-aq", "--filter", "status=exited"), "its old tasks are gone")  # type: ignore[misc]
    done = site.shipped(MADE="6")
    needed = kept(site)
    assert len(needed) == 3, needed  # web of two releases, and other
    found = {one.name: digests(one) for one in site.nodes}
    print({name: len(there) for name, there in found.items()}, len(first))
    assert found["n2"] == found["n3"] == needed
    assert needed <= found["n1"]
    assert site.node.docker("images", "-q", MINE)
    assert others == {one.name: one.docker("images", "-q", "python").split() for one in site.nodes}
    assert site.ok("ship", "rollback").out
