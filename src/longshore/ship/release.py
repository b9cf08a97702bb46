"""A release as an object of the Swarm: what was shipped, by whom, and what can be gone back to. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.ship.facts import Ship, Wanted
from longshore.ship.routes import Piece
from longshore.ship.routes import from_json as piece_from
from longshore.ship.updates import Rule

__all__ = ["FAILED", "GOING", "LIVE", "NUMBER", "STATE", "Release", "as_bytes", "broken_off", "from_bytes",
           "kept_names", "last_live", "references", "release_name", "to_go_back"]  # fmt: skip

NUMBER, STATE = "io.longshore.release", "io.longshore.state"
GOING, LIVE, FAILED = "going", "live", "failed"


@record
class Release:
    """`state`: going (or broken off), live (it was whole), failed (it was taken back)."""

    number: int
    state: str
    services: tuple[Wanted, ...] = ()
    networks: Mapping[str, Mapping[str, Any]] = EMPTY
    commit: str = ""
    who: str = ""
    when: str = ""
    why: str = ""
    piece: Piece | None = None


def release_name(project: str, number: int) -> str:
    return f"{project}_release_{number}"


def as_bytes(release: Release, ship: Ship) -> bytes:
    """What the object holds: no secret's value, for none stands in a spec."""
    services = [
        {
            "service": one.service, "spec": one.spec, "wave": one.wave, "job": one.job, "replicas": one.replicas,
            "rule": [one.rule.order, one.rule.interrupts, one.rule.monitor, one.rule.parallelism] if one.rule else None,
        }
        for one in release.services
    ]  # fmt: skip
    whole = {
        "release": release.number, "project": ship.project, "commit": release.commit, "who": release.who,
        "when": release.when, "why": release.why, "networks": ship.networks, "services": services,
        "routes": json.loads(release.piece.as_json()) if release.piece else None,
    }  # fmt: skip
    return json.dumps(whole, sort_keys=True, default=dict).encode()


def from_bytes(content: bytes, state: str) -> Release:
    found = json.loads(content)
    services = tuple(
        Wanted(
            one["service"], one["spec"]["Name"], one["spec"], one["wave"], one["job"],
            Rule(*one["rule"]) if one["rule"] else None, one["replicas"],
        )
        for one in found["services"]
    )  # fmt: skip
    routes = found.get("routes")
    return Release(
        found["release"], state, services, found["networks"], found["commit"], found["who"], found["when"],
        found["why"], piece_from(json.dumps(routes).encode()) if routes else None,
    )  # fmt: skip


def last_live(releases: Iterable[Release]) -> Release | None:
    """What runs, or ran before a release that was broken off."""
    return max((one for one in releases if one.state == LIVE), key=lambda one: one.number, default=None)


def broken_off(releases: Iterable[Release], services: Iterable[Wanted]) -> Release | None:
    """The last release, where it was broken off and is what the services are told to be."""
    last = max(releases, key=lambda one: one.number, default=None)
    if last is None or last.state != GOING:
        return None
    labels = {one.name: one.spec["Labels"] for one in last.services}  # a digest of the whole is one of them
    return last if all(labels.get(one.name) == one.spec["Labels"] for one in services) else None


def to_go_back(releases: Iterable[Release], number: int = 0) -> Release:
    """The release to go back to: that of the number, else the one before the last that was whole."""
    live = sorted((one for one in releases if one.state == LIVE), key=lambda one: one.number)
    there = ", ".join(str(one.number) for one in live) or "none"
    if number:
        found = next((one for one in live if one.number == number), None)
        if found is None:
            raise ShoreError(f"there is no release {number} to go back to", hint=f"there are: {there}")
        return found
    if len(live) < 2:
        raise ShoreError(
            "there is no release before this one", hint=f"there are: {there}; shore ship status shows them"
        )
    return live[-2]


def kept_names(releases: Iterable[Release], keep: int) -> tuple[frozenset[int], frozenset[str]]:
    """The releases that stay, and the names of the secrets and configs that they need."""
    ordered = sorted(releases, key=lambda one: -one.number)
    live = [one for one in ordered if one.state == LIVE][:keep]
    least = live[-1].number if live else 0
    stay = [one for one in ordered if one.number >= least]
    names: set[str] = set()
    for one in live:
        for wanted in one.services:
            names |= references(wanted.spec)
        names |= one.piece.secrets if one.piece else set()
    return frozenset(one.number for one in stay), frozenset(names)


def references(spec: Mapping[str, Any]) -> set[str]:
    """The names of the secrets and configs that a spec uses."""
    container = spec["TaskTemplate"]["ContainerSpec"]
    return {ref["SecretName"] for ref in container.get("Secrets") or ()} | {
        ref["ConfigName"] for ref in container.get("Configs") or ()
    }
