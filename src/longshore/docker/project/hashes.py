"""Docker Compose's configuration hash of a network. That of a service is in state/hashes.py: plans compare it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from longshore.model.stack import Network
from longshore.state.hashes import go_json

__all__ = ["network_hash"]

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
