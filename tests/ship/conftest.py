"""What the tests of a Swarm share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ship.routed import the_nodes
from tests.ship.threenodes import Member


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Member, ...]]:
    """Three engines that are one Swarm, for the tests of one file."""
    yield from the_nodes(tmp_path_factory.mktemp("nodes"))
