"""Where data stays: a service with a local volume runs on the node that has it, which a label of that node says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.stack import Stack
from longshore.ship.settings import Settings

__all__ = ["LABEL", "Node", "Pins", "pin"]

LABEL = "longshore.volume."
"""Label of a node that has the volume whose engine's name follows."""


@record
class Node:
    id: str
    name: str
    labels: Mapping[str, str]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Node:
        return cls(found["ID"], found["Description"]["Hostname"], found["Spec"].get("Labels") or {})


@record
class Pins:
    """`constraints` by the volume's key; `labels` that nodes get first, by the node's id."""

    constraints: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]


def pin(stack: Stack, settings: Settings, nodes: Iterable[Node], here: str, placed: frozenset[str]) -> Pins:
    """The node of each volume: where it is; else where the file says; else with the volumes of the same services;
    else `here`, the manager spoken to. `placed` are the labels that the release before this one went by."""
    known = tuple(nodes)
    at: dict[str, Node] = {}
    groups = _groups(stack)
    for group in groups:
        node = _node(stack, settings, group, known, here, placed)
        at |= dict.fromkeys(group, node)
    labels: dict[str, dict[str, str]] = {}
    for key, node in at.items():
        label = LABEL + stack.volumes[key].name
        if label not in node.labels:
            labels.setdefault(node.id, {})[label] = "here"
    return Pins({key: f"node.labels.{LABEL}{stack.volumes[key].name}==here" for key in at}, labels)


def _groups(stack: Stack) -> list[frozenset[str]]:
    """Volumes that some service has together, with all that hang on them."""
    groups: list[frozenset[str]] = []
    for service in stack.services.values():
        own = frozenset(m.source for m in service.mounts if m.type == "volume" and m.source in stack.volumes)
        if not own or (service.deploy and service.deploy.mode == "global"):
            continue
        touching = [group for group in groups if group & own]
        groups = [group for group in groups if not group & own] + [own.union(*touching)]
    return groups


def _node(
    stack: Stack, settings: Settings, group: frozenset[str], nodes: tuple[Node, ...], here: str, placed: frozenset[str]
) -> Node:
    found: dict[str, Node] = {}
    for key in sorted(group):
        label, place = LABEL + stack.volumes[key].name, stack.volumes[key].place
        there = next((node for node in nodes if node.labels.get(label)), None)
        named = settings.node.get(key)
        if there is None and label in placed:
            raise ShoreError(f"volumes.{key}: the node that has it is not in the Swarm any more", place=place,
                             hint=f"bring it back, or restore the data and label their node {label}=here")  # fmt: skip
        if there is None and named:
            there = next((node for node in nodes if named in (node.name, node.id)), None)
            if there is None:
                raise ShoreError(f"x-longshore.ship.node.{key}: there is no node {named}", place=place,
                                 hint=f"there are: {', '.join(node.name for node in nodes)}")  # fmt: skip
        if there is not None:
            found[key] = there
    if len({node.id for node in found.values()}) > 1:
        words = ", ".join(f"{key} on {node.name}" for key, node in found.items())
        raise ShoreError(f"one service has volumes of several nodes: {words}", hint="keep them on one node")
    return next(iter(found.values()), None) or next(node for node in nodes if node.id == here)
