"""Images of releases that are gone leave all three nodes, and no other image does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.ship.routed import Routed, routed
from tests.ship.threenodes import Member

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
def site(nodes: tuple[Member, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routed]:
    nodes[0].docker("swarm", "update", "--task-history-limit", "1")  # an ended container holds its image
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


def held(node: Member) -> set[str]:
    """By containers, those that have ended among them: the Swarm keeps the last ones."""
    listed = node.docker("ps", "-a", "--no-trunc", "--format", "{{.Image}}")
    return {one.partition("@")[2] for one in listed.split()}


def test_what_no_release_needs_leaves_every_node(site: Routed) -> None:
    site.shipped(MADE="1")
    made = [digests(site.nodes[0])]
    site.node.docker("tag", "routed-web:latest", MINE)
    others = {one.name: one.docker("images", "-q", "python").split() for one in site.nodes}
    for number in range(2, 6):
        done = site.shipped(MADE=str(number))
        made.append(digests(site.nodes[0]))
    assert "images of releases that are gone are removed from every node" in done.err
    needed, ever = kept(site), set().union(*made)
    assert (len(needed), len(ever)) == (3, 7)  # web of two releases out of six, and other
    for one in site.nodes:
        there = digests(one)
        print(f"{one.name}: {len(there)} images of {len(ever)}, {len(held(one) - needed)} of them in ended containers")
        assert needed <= there <= needed | held(one)
        assert there < ever
    assert site.node.docker("images", "-q", MINE)
    assert others == {one.name: one.docker("images", "-q", "python").split() for one in site.nodes}
    assert site.ok("ship", "rollback").out
