"""Configuration hashes, exactly as Docker Compose computes them: each takes the other's containers for its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from longshore.compose.write.render import compact_json

__all__ = ["network_hash", "service_hash"]

_IGNORED = frozenset({"build", "depends_on", "profiles", "scale", "pull_policy"})


def service_hash(service: Mapping[str, Any], platform: str = "") -> str:
    """The value of the label com.docker.compose.config-hash: the SHA-256 of the printed service, in its printed order,
    without what may change with the container staying as it is. `platform` is DOCKER_DEFAULT_PLATFORM, which counts
    for a service that is built."""
    counted = {key: value for key, value in service.items() if key not in _IGNORED}
    deploy = counted.get("deploy")
    if deploy is not None and "replicas" in deploy:
        counted["deploy"] = {key: value for key, value in deploy.items() if key != "replicas"}
    if platform and "build" in service and "platform" not in service:
        counted = _with_platform(counted, platform)
    return hashlib.sha256(compact_json(counted).encode()).hexdigest()


def _with_platform(service: dict[str, Any], platform: str) -> dict[str, Any]:
    from longshore.compose.types.shapes import SERVICE

    order = {field: position for position, field in enumerate(SERVICE.fields)}
    items = [*service.items(), ("platform", platform)]
    return dict(sorted(items, key=lambda item: order.get(item[0], len(order))))


def network_hash(network: Mapping[str, Any]) -> str:
    """The same for a network's label."""
    return hashlib.sha256(compact_json(network).encode()).hexdigest()
