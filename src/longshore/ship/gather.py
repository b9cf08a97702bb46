"""What a release looks at before it decides: the Swarm's side, and the files that it takes along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from longshore.engine.fileobjects import content, files_inside
from longshore.model.stack import Stack
from longshore.ship.objects import MOST_BYTES
from longshore.ship.pins import LABEL
from longshore.ship.plan import Existing, Present
from longshore.ship.release import NUMBER, STATE, Release, from_bytes
from longshore.ship.routes import EDGE_NETWORK, Piece
from longshore.ship.settings import Settings
from longshore.ship.swarm import Swarm

__all__ = ["files_of", "joined_to_the_edge", "placed_by", "present_of", "releases_of"]


def files_of(stack: Stack, settings: Settings) -> dict[str, bytes | None]:
    """Contents of secrets and configs, of bound files, and of what certificates need; None for what is bound and
    no file of this machine. Raises ShoreError for what cannot be read."""
    found: dict[str, bytes | None] = {}
    found |= {f"tls:{part}": _file(Path(stack.working_dir, file)) for part, file in settings.tls_files.items()}
    for service in stack.services.values():
        for inside in files_inside(stack, service):
            if not inside.object.external:
                found[inside.key] = content(stack, inside)
        for mount in service.mounts:
            if mount.type == "bind":
                found[f"bind:{mount.source}"] = _file(Path(mount.source))
    return found


def _file(path: Path) -> bytes | None:
    """At most a byte more than a Swarm stores, so that what is too large is seen to be."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


async def joined_to_the_edge(swarm: Swarm, project: str) -> frozenset[str]:
    """The services of a project that are in the proxy's network."""
    edge = {EDGE_NETWORK, *(one["Id"] for one in await swarm.networks() if one["Name"] == EDGE_NETWORK)}
    return frozenset(
        one["Spec"]["Name"]
        for one in await swarm.services(project)
        if any(use["Target"] in edge for use in one["Spec"]["TaskTemplate"].get("Networks") or ())
    )


async def present_of(swarm: Swarm, project: str, piece: Piece | None) -> Present:
    services: dict[str, Existing] = {}
    for one in await swarm.services(project):
        spec = one["Spec"]
        job = spec["Mode"].keys() & {"ReplicatedJob", "GlobalJob"}
        done = not job or any(task["Status"]["State"] == "complete" for task in await swarm.tasks(spec["Name"]))
        services[spec["Name"]] = Existing(one["ID"], spec, done)
    networks = frozenset(one["Name"] for one in await swarm.networks() if one.get("Scope") == "swarm")
    return Present(services, networks, frozenset(await swarm.secrets()), frozenset(await swarm.configs()), piece)


async def releases_of(swarm: Swarm, project: str) -> tuple[Release, ...]:
    """All that the Swarm keeps, the oldest first."""
    import base64

    found: list[Release] = []
    for one in (await swarm.configs(project)).values():
        labels: dict[str, Any] = one["Spec"].get("Labels") or {}
        if NUMBER in labels:
            found.append(from_bytes(base64.b64decode(one["Spec"]["Data"]), labels[STATE]))
    return tuple(sorted(found, key=lambda release: release.number))


def placed_by(release: Release | None) -> frozenset[str]:
    """The labels of nodes that its services went by."""
    constraints = (
        constraint
        for one in (release.services if release else ())
        for constraint in (one.spec["TaskTemplate"].get("Placement") or {}).get("Constraints") or ()
    )
    start = f"node.labels.{LABEL}"
    return frozenset(LABEL + one.removeprefix(start).partition("==")[0] for one in constraints if one.startswith(start))
