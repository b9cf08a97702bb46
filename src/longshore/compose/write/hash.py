"""Configuration hashes, exactly as Docker Compose computes them: each takes the other's containers for its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from longshore.compose.write.render import compact_json
from longshore.model.confighash import counted

__all__ = ["network_hash", "service_hash"]


def service_hash(service: Mapping[str, Any], platform: str = "") -> str:
    """The value of the label com.docker.compose.config-hash: the SHA-256 of the printed service, in its printed order,
    without what may change with the container staying as it is. `platform` is DOCKER_DEFAULT_PLATFORM, which counts
    for a service that is built."""
    found = counted(service)
    if platform and "build" in service and "platform" not in service:
        found = _with_platform(found, platform)
    return hashlib.sha256(compact_json(found).encode()).hexdigest()


def _with_platform(service: dict[str, Any], platform: str) -> dict[str, Any]:
    from longshore.compose.types.shapes import SERVICE

    order = {field: position for position, field in enumerate(SERVICE.fields)}
    items = [*service.items(), ("platform", platform)]
    return dict(sorted(items, key=lambda item: order.get(item[0], len(order))))


def network_hash(network: Mapping[str, Any]) -> str:
    """The same for a network's label."""
    return hashlib.sha256(compact_json(network).encode()).hexdigest()
