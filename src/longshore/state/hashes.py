"""Docker Compose's configuration hash of a service: SHA-256 of Go's compact JSON, in the order of its struct fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from longshore.model.confighash import counted
from longshore.model.service import Service
from longshore.state.observed import Observed

__all__ = ["go_json", "resolved_hash", "service_hash"]

_MODES = ("network_mode", "ipc", "pid")


def service_hash(service: Service, resolved: Mapping[str, Any]) -> str:
    """The hash of a service after `resolved` replaced some of its attributes (network_mode: service:x becomes
    container:ID before Compose hashes it). Without any it is the loader's own."""
    if not resolved:
        return service.config_hash
    raw = {key: resolved.get(key, value) for key, value in counted(service.raw).items()}
    return sha256(go_json(raw)).hexdigest()


def resolved_hash(service: Service, observed: Observed) -> str:
    """The hash that Compose gives the service beside the containers that are there now; "" when one that it refers to
    has no container."""
    resolved: dict[str, Any] = {}
    for mode in _MODES:
        kind, _, name = str(getattr(service, mode)).partition(":")
        if kind == "service":
            resolved[mode] = f"container:{_first(name, observed)}"
    volumes = [_source(entry, observed) for entry in service.volumes_from]
    if volumes:
        resolved["volumes_from"] = volumes
    missing = any(value == "container:" for value in resolved.values()) or "" in volumes
    return "" if missing else service_hash(service, resolved)


def _source(entry: str, observed: Observed) -> str:
    first, _, rest = entry.partition(":")
    return rest if first == "container" else _first(first, observed)


def _first(service: str, observed: Observed) -> str:
    """The id of the service's container with the lowest number."""
    return next((container.id for container in observed.of(service)), "")


def go_json(value: Any) -> bytes:
    """Compact JSON as Go's encoding/json prints it: HTML's special characters and two separators are escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_plain)
    for character in "&<>\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
