"""The engine's JSON as observed containers, networks and volumes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from longshore.docker.project import labels
from longshore.model.commandtext import command_text
from longshore.state.observed import Container, ContainerState, Health, ObservedNetwork, ObservedVolume, Published

__all__ = ["container", "moment", "network", "own_name", "volume"]

_STATES = frozenset({"created", "running", "restarting", "exited", "paused", "removing", "dead"})
_REPLACING = re.compile(r"^[0-9a-f]{12}_")


def container(inspected: Mapping[str, Any]) -> Container:
    """One container from GET /containers/{id}/json."""
    state, config = inspected["State"], inspected["Config"]
    marks = config.get("Labels") or {}
    status = str(state.get("Status", "")).lower()
    health = str((state.get("Health") or {}).get("Status", "")).lower() if state.get("Running") else ""
    return Container(
        id=inspected["Id"],
        name=own_name(inspected["Name"]),
        service=marks.get(labels.SERVICE, ""),
        number=int(marks.get(labels.NUMBER) or 0),
        state=cast(ContainerState, status) if status in _STATES else "created",
        health=cast(Health, health) if health in ("starting", "healthy", "unhealthy") else "",
        exit_code=int(state.get("ExitCode") or 0),
        image=config.get("Image", ""),
        image_id=inspected.get("Image", ""),
        config_hash=marks.get(labels.OWN_HASH) or marks.get(labels.CONFIG_HASH, ""),
        command=command_text([inspected.get("Path") or "", *(inspected.get("Args") or ())]).strip(),
        created=moment(inspected.get("Created", "")),
        started=moment(state.get("StartedAt", "")),
        finished=moment(state.get("FinishedAt", "")),
        restarts=int(inspected.get("RestartCount") or 0),
        pid=int(state.get("Pid") or 0),
        oneoff=marks.get(labels.ONEOFF) == "True",
        ports=tuple(_published(inspected["NetworkSettings"].get("Ports") or {})),
        networks={
            name: _address(found) for name, found in (inspected["NetworkSettings"].get("Networks") or {}).items()
        },
        volumes=tuple(mount["Name"] for mount in inspected.get("Mounts") or () if mount.get("Type") == "volume"),
        labels=marks,
        tty=bool(config.get("Tty")),
    )


def own_name(name: str) -> str:
    """A container's name without the engine's slash and without the prefix it bears while it replaces another."""
    return _REPLACING.sub("", name.lstrip("/"))


def network(found: Mapping[str, Any]) -> ObservedNetwork:
    marks = found.get("Labels") or {}
    return ObservedNetwork(
        name=found["Name"],
        key=marks.get(labels.NETWORK, ""),
        config_hash=marks.get(labels.CONFIG_HASH, ""),
        labels=marks,
        id=found["Id"],
    )


def volume(found: Mapping[str, Any]) -> ObservedVolume:
    marks = found.get("Labels") or {}
    return ObservedVolume(
        name=found["Name"],
        key=marks.get(labels.VOLUME, ""),
        project=marks.get(labels.PROJECT, ""),
        config_hash=marks.get(labels.CONFIG_HASH, ""),
        driver=found.get("Driver", ""),
        options=found.get("Options") or {},
        labels=marks,
        path=found.get("Mountpoint", ""),
    )


def moment(text: str) -> float:
    """Seconds since the epoch of the engine's RFC 3339 time with nanoseconds; 0 for its year 1 (never)."""
    if not text or text.startswith("0001"):
        return 0.0
    base, _, rest = text.partition(".")
    if not rest:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    digits = re.match(r"\d*", rest)
    count = digits.end() if digits else 0
    zone = rest[count:].replace("Z", "+00:00")
    return datetime.fromisoformat(base + zone).timestamp() + float(f"0.{rest[:count] or 0}")


def _published(ports: Mapping[str, Any]) -> Iterable[Published]:
    for target, bindings in ports.items():
        number, _, protocol = target.partition("/")
        for binding in bindings or ():
            yield Published(
                binding.get("HostIp", ""), int(binding.get("HostPort") or 0), int(number), protocol or "tcp"
            )


def _address(found: Mapping[str, Any]) -> str:
    return str(found.get("IPAddress") or found.get("GlobalIPv6Address") or "")
