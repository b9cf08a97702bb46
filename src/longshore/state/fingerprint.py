"""What changed in a service since its container was made, or in a network, named by key. Pure.

Engines keep its `fingerprint` as the label below; it holds short digests, never values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from longshore.model.confighash import counted
from longshore.model.service import Service
from longshore.model.stack import Network

__all__ = ["FINGERPRINT_LABEL", "IDS_LABEL", "changes", "fingerprint"]

FINGERPRINT_LABEL = "longshore.fingerprint"
IDS_LABEL = "longshore.ids"
"""What a container's service said of its ids, which no hash of Docker Compose's counts."""

_DEEP = frozenset(
    {"environment", "labels", "deploy", "healthcheck", "networks", "logging", "ulimits", "sysctls", "driver_opts"}
)
"""Keys whose members are named one by one."""


def fingerprint(defined: Service | Network) -> str:
    """A JSON object of "key" or "key.member" → short digest, to be kept with what is made."""
    return json.dumps({key: _digest(value) for key, value in _leaves(defined.raw)}, separators=(",", ":"))


def changes(kept: str, defined: Service | Network) -> str:
    """In words, what differs between a kept fingerprint and the definition now: "environment DATABASE_URL changed
    (compose.yaml:22)". "configuration changed" when the fingerprint says nothing."""
    before = _parse(kept)
    if before is None:
        return "configuration changed"
    now = {key: _digest(value) for key, value in _leaves(defined.raw)}
    words = [_word(key, before, now, defined) for key in {**before, **now} if before.get(key) != now.get(key)]
    if not words:
        return "configuration changed"
    return ", ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")


def _word(key: str, before: Mapping[str, str], now: Mapping[str, str], defined: Service | Network) -> str:
    verb = "changed" if key in before and key in now else "added" if key in now else "removed"
    place = defined.places.get(key) or defined.places.get(key.split(".")[0]) if key in now else None
    where = f" ({place.file}:{place.line})" if place and place.line else ""
    return f"{key.replace('.', ' ', 1)} {verb}{where}"


def _leaves(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in counted(raw).items():
        if key in _DEEP and isinstance(value, Mapping):
            yield from ((f"{key}.{member}", inner) for member, inner in value.items())
        else:
            yield key, value


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:10]


def _parse(kept: str) -> dict[str, str] | None:
    try:
        found = json.loads(kept)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
