"""Docker Compose's configuration hashes: SHA-256 of Go's compact JSON, in the order of Go's struct fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from longshore.model.service import Service
from longshore.model.stack import Network

__all__ = ["go_json", "network_hash", "service_hash"]

_UNHASHED = frozenset({"build", "depends_on", "profiles", "scale", "pull_policy"})

_NETWORK_FIELDS = (
    "name",
    "driver",
    "driver_opts",
    "ipam",
    "internal",
    "attachable",
    "labels",
    "enable_ipv4",
    "enable_ipv6",
)
"""compose-go's types.NetworkConfig; `external` networks are never made, so it is never hashed."""


def service_hash(service: Service, resolved: Mapping[str, Any]) -> str:
    """The hash of a service after `resolved` replaced some of its attributes (network_mode: service:x becomes
    container:ID before Compose hashes it). Without any it is the loader's own."""
    if not resolved:
        return service.config_hash
    raw = {key: resolved.get(key, value) for key, value in service.raw.items() if key not in _UNHASHED}
    deploy = raw.get("deploy")
    if isinstance(deploy, Mapping) and "replicas" in deploy:
        raw["deploy"] = {key: value for key, value in deploy.items() if key != "replicas"}
    return sha256(go_json(raw)).hexdigest()


def network_hash(network: Network) -> str:
    """The hash of a network, "" when the canonical form holds something whose order is not known: a network without
    a hash is left alone by Compose, one with a wrong hash is made anew."""
    raw = {key: value for key, value in network.raw.items() if not key.startswith("x-")}
    if "name" not in raw or not set(raw) <= set(_NETWORK_FIELDS):
        return ""
    ordered = {key: _sorted(raw[key]) for key in _NETWORK_FIELDS if key in raw and (raw[key] or key == "ipam")}
    ordered.setdefault("ipam", {})
    return sha256(go_json({key: ordered[key] for key in _NETWORK_FIELDS if key in ordered})).hexdigest()


def _sorted(value: Any) -> Any:
    """Go prints maps with sorted keys; ipam's own fields are a struct, already in the canonical order."""
    if isinstance(value, Mapping) and not {"config", "driver"} & set(value):
        return dict(sorted(value.items()))
    return value


def go_json(value: Any) -> bytes:
    """Compact JSON as Go's encoding/json prints it: HTML's special characters and two separators are escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_plain)
    for character in "&<>\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
