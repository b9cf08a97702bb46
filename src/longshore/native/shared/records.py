"""What the agent remembers of a project, on disk and in memory: the file that makes `ps`, `start` and `down` work when
no agent lives, and after it was killed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longshore.model.codec import decode
from longshore.model.commandtext import command_text
from longshore.model.labels import identity
from longshore.model.record import record, replace
from longshore.model.service import EMPTY
from longshore.native.shared.roots import FORMAT
from longshore.native.shared.spec import ContainerSpec
from longshore.state.observed import Container, ContainerState, Health, ObservedNetwork, Published

__all__ = ["FORMAT", "NetworkRecord", "ProjectRecord", "Record", "as_container", "load", "save"]


@record
class NetworkRecord:
    """One network of the project; `taken` are addresses that no container may be given (aux_addresses)."""

    name: str
    key: str = ""
    subnet: str = ""
    gateway: str = ""
    pool: str = ""
    internal: bool = False
    config_hash: str = ""
    labels: Mapping[str, str] = EMPTY
    taken: tuple[str, ...] = ()

    def as_observed(self) -> ObservedNetwork:
        return ObservedNetwork(self.name, self.key, self.config_hash, self.labels, self.name)


@record
class Record:
    """One container. `addresses` by network and `anonymous` volumes by target come over to the one that replaces it.
    `wanted` is whether it ought to run: False after `stop`."""

    spec: ContainerSpec
    state: ContainerState = "created"
    health: Health = ""
    wanted: bool = False
    generation: int = 1
    addresses: Mapping[str, str] = EMPTY
    anonymous: Mapping[str, str] = EMPTY
    ports: tuple[Published, ...] = ()
    ports_auto: bool = False
    pid: int = 0
    exit_code: int = 0
    created: float = 0.0
    started: float = 0.0
    finished: float = 0.0
    restarts: int = 0

    @property
    def server_volumes(self) -> tuple[str, ...]:
        """The volumes that hold the data of its database server: one at most, as servers go."""
        server = self.spec.server
        if server is None:
            return ()
        return tuple(
            mount.source or self.anonymous[mount.target]
            for mount in self.spec.mounts
            if mount.type == "volume" and server.on(mount.target, self.spec.environment)
        )


@record
class ProjectRecord:
    """The whole state file. `boot` tells a machine that was restarted from an agent that was killed."""

    project: str
    format: int = FORMAT
    boot: str = ""
    networks: Mapping[str, NetworkRecord] = EMPTY
    containers: Mapping[str, Record] = EMPTY


def load(path: Path) -> ProjectRecord | None:
    """The state file's content; None when there is none (or it is not one: then nothing in it can be trusted)."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return decode(ProjectRecord, data) if data.get("format", FORMAT) == FORMAT else ProjectRecord(data["project"])


def save(path: Path, head: Mapping[str, Any], containers: Mapping[str, str]) -> None:
    """Replace the file in one step: a reader sees the old or the new state, never a part. `head` is an encoded
    ProjectRecord without containers; these come as JSON texts by id."""
    draft = path.with_suffix(".new")
    listed = ",".join(f"{json.dumps(key)}:{text}" for key, text in containers.items())
    text = json.dumps({**head, "containers": {}}, separators=(",", ":"))
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(fd, "w", encoding="utf-8") as file:
        file.write(f"{text.removesuffix('{}}')}{{{listed}}}}}")
    draft.replace(path)


def after_agent(record: Record) -> Record:
    """The record of a container whose agent is gone: what ran was killed with it."""
    if record.state not in ("running", "restarting", "paused"):
        return record
    return replace(record, state="exited", exit_code=137, health="", pid=0, ports=())


def as_container(record: Record) -> Container:
    spec = record.spec
    who = identity(
        spec.project, spec.service, spec.number,
        oneoff=spec.oneoff, config_hash=spec.config_hash, image_id=spec.image_id,
    )  # fmt: skip
    return Container(
        id=spec.id,
        name=spec.name,
        service=spec.service,
        number=spec.number,
        state=record.state,
        health=record.health,
        exit_code=record.exit_code,
        image=spec.image,
        image_id=spec.image_id,
        config_hash=spec.config_hash,
        command=command_text(spec.argv),
        created=record.created,
        started=record.started,
        finished=record.finished,
        restarts=record.restarts,
        pid=record.pid,
        oneoff=spec.oneoff,
        ports=record.ports if record.state in ("running", "paused") else (),
        networks=record.addresses,
        volumes=tuple(mount.source for mount in spec.mounts if mount.type == "volume" and mount.source),
        labels={**spec.labels, **who},
        runs=spec.runs,
        tty=spec.tty,
    )
