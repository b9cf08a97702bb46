"""The labels of what this engine makes: Docker Compose's (model/labels.py) and our own.

A volume never gets a config-hash label: `docker compose up -y` deletes the data of a volume whose hash differs from
its own, and keeps that of a volume without one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from longshore.model.labels import (
    COMPOSE_VERSION,
    CONFIG_FILES,
    CONFIG_HASH,
    DEPENDS_ON,
    ENVIRONMENT_FILE,
    IMAGE,
    NETWORK,
    NUMBER,
    ONEOFF,
    PROJECT,
    REPLACE,
    SERVICE,
    SLUG,
    VERSION,
    VOLUME,
    WORKING_DIR,
    of_image,
)
from longshore.model.service import Hook, Service
from longshore.model.stack import Network, Stack, Volume
from longshore.state.fingerprint import FINGERPRINT_LABEL, fingerprint

__all__ = [
    "COMPOSE_VERSION", "CONFIG_HASH", "IMAGE", "NETWORK", "NUMBER", "ONEOFF", "OWN_HASH", "OWN_VOLUME", "PORTS",
    "PRE_STOP", "PROJECT", "REPLACE", "SERVICE", "VOLUME", "build_labels", "container_labels", "network_labels",
    "of_project", "oneoff_labels", "volume_labels",
]  # fmt: skip


OWN_HASH = "longshore.config-hash"
"""The service's hash before references to other services were resolved to containers."""

OWN_VOLUME = "longshore.volume"
"""On a volume that `shore volume create` made: it belongs to no project."""

PORTS = "longshore.ports"
"""auto: on a container whose fixed ports may give way (--ports auto)."""

PRE_STOP = "longshore.pre-stop"
"""The hooks to run before a stop, as JSON: `stop` and `down` work without the Compose file."""


def container_labels(
    stack: Stack, service: Service, number: int, *, image_id: str, config_hash: str, replaces: str = ""
) -> dict[str, str]:
    """The labels of a service's container. `config_hash` is taken after references are resolved, as Compose does."""
    labels = {
        **_common(stack, service),
        ONEOFF: "False",
        NUMBER: str(number),
        CONFIG_HASH: config_hash,
        IMAGE: image_id,
        FINGERPRINT_LABEL: fingerprint(service),
    }
    if config_hash != service.config_hash:
        labels[OWN_HASH] = service.config_hash
    if service.pre_stop:
        labels[PRE_STOP] = json.dumps([_hook(hook) for hook in service.pre_stop])
    if replaces:
        labels[REPLACE] = service.container_name or f"{service.name}-{number}"
    return labels


def oneoff_labels(stack: Stack, service: Service, slug: str, *, image_id: str, config_hash: str) -> dict[str, str]:
    """The labels of a container that `run` makes: it has no number."""
    return {
        **_common(stack, service), ONEOFF: "True", SLUG: slug, CONFIG_HASH: config_hash, IMAGE: image_id,
    }  # fmt: skip


def _common(stack: Stack, service: Service) -> dict[str, str]:
    depends = (f"{d.service}:{d.condition}:{str(d.restart).lower()}" for d in service.depends_on.values())
    labels = {
        **service.labels,
        PROJECT: stack.name,
        SERVICE: service.name,
        VERSION: COMPOSE_VERSION,
        WORKING_DIR: stack.working_dir,
        CONFIG_FILES: ",".join(stack.files),
        DEPENDS_ON: ",".join(depends),
    }
    if stack.env_files:
        labels[ENVIRONMENT_FILE] = ",".join(stack.env_files)
    return labels


def _hook(hook: Hook) -> dict[str, Any]:
    return {
        "command": list(hook.command), "user": hook.user, "privileged": hook.privileged,
        "working_dir": hook.working_dir, "environment": dict(hook.environment),
    }  # fmt: skip


def network_labels(stack: Stack, network: Network) -> dict[str, str]:
    return {
        **network.labels, NETWORK: network.key, PROJECT: stack.name, VERSION: COMPOSE_VERSION,
        CONFIG_HASH: network.config_hash, FINGERPRINT_LABEL: fingerprint(network),
    }  # fmt: skip


def volume_labels(stack: Stack, volume: Volume) -> dict[str, str]:
    if not stack.name:
        return {**volume.labels, OWN_VOLUME: ""}
    return {**volume.labels, VOLUME: volume.key, PROJECT: stack.name, VERSION: COMPOSE_VERSION}


def build_labels(stack: Stack, service: Service) -> Mapping[str, str]:
    """The labels of an image that is built for a service."""
    return of_image(stack.name, service.name)


def of_project(project: str = "") -> list[str]:
    """The labels by which a project's containers are asked for; those of every project without a name. An image that
    was built for a project bears its label too, and so does whatever anybody runs from it: only what has a
    configuration hash is the project's, as for Docker Compose."""
    return [f"{PROJECT}={project}" if project else PROJECT, CONFIG_HASH]
