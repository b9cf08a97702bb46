"""What draining a node comes to, and which constraints a node satisfies."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.model.errors import ShoreError
from longshore.ship.drain import going_of, node_named, satisfies

NODE: dict[str, Any] = {
    "ID": "abc",
    "Spec": {"Role": "manager", "Labels": {"disk": "ssd"}},
    "Description": {
        "Hostname": "n1",
        "Platform": {"OS": "linux", "Architecture": "x86_64"},
        "Engine": {"Labels": {"rack": "7"}},
    },
}


@pytest.mark.parametrize(
    ("constraint", "holds"),
    [
        ("node.labels.disk==ssd", True), ("node.labels.disk == SSD", True), ("node.labels.disk!=ssd", False),
        ("node.labels.other==x", False), ("node.labels.other!=x", True), ("node.hostname==n1", True),
        ("node.id!=abc", False), ("node.role==worker", False), ("node.platform.os==linux", True),
        ("engine.labels.rack==7", True), ("node.mood==good", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_constraints(constraint: str, holds: bool) -> None:
    assert satisfies(NODE, constraint) is holds


def service(name: str, order: str = "start-first", *constraints: str, mode: str = "Replicated") -> dict[str, Any]:
    return {"Name": name, "Mode": {mode: {}}, "UpdateConfig": {"Order": order},
            "TaskTemplate": {"Placement": {"Constraints": list(constraints)}}}  # fmt: skip


def test_what_moves_and_what_stops() -> None:
    other = {**NODE, "ID": "def", "Spec": {"Role": "worker", "Labels": {}}}
    found = going_of(
        [service("a"), service("b", "stop-first"), service("c", "start-first", "node.labels.disk==ssd"),
         service("d", mode="Global")], NODE, [other],
    )  # fmt: skip
    assert str(found).splitlines() == [
        "move              a  (start-first)",
        "stop              b  (its old task ends before a new one begins)",
        "stop              c  (no other node takes it: node.labels.disk==ssd)",
        "end               d  (it has a task on every node)",
    ]


def test_a_node_by_its_name() -> None:
    other = {**NODE, "ID": "def"}
    assert node_named([NODE], "n1") is NODE
    assert node_named([NODE, other], "def") is other
    with pytest.raises(ShoreError, match="2 nodes are named n1"):
        node_named([NODE, other], "n1")
    with pytest.raises(ShoreError, match="there is no node n9"):
        node_named([NODE], "n9")
