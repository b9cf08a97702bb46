"""What changed in a service since its container was made, named by key. Pure.

Engines keep `fingerprint(service)` as the label below; it holds short digests, never values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from longshore.model.service import Service

__all__ = ["FINGERPRINT_LABEL", "changes", "fingerprint"]

FINGERPRINT_LABEL = "longshore.fingerprint"

_UNHASHED = frozenset({"build", "depends_on", "profiles", "scale", "pull_policy"})
"""Keys that Docker Compose leaves out of its service hash: changing them recreates nothing."""

_DEEP = frozenset({"environment", "labels", "deploy", "healthcheck", "networks", "logging", "ulimits", "sysctls"})
"""Keys whose members are named one by one."""


def fingerprint(service: Service) -> str:
    """A JSON object of "key" or "key.member" → short digest, to be kept with the container."""
    return json.dumps({key: _digest(value) for key, value in _leaves(service.raw)}, separators=(",", ":"))


def changes(kept: str, service: Service) -> str:
    """In words, what differs between a kept fingerprint and the service now: "environment DATABASE_URL changed
    (compose.yaml:22)". "configuration changed" when the fingerprint says nothing."""
    before = _parse(kept)
    if before is None:
        return "configuration changed"
    now = {key: _digest(value) for key, value in _leaves(service.raw)}
    words = [_word(key, before, now, service) for key in {**before, **now} if before.get(key) != now.get(key)]
    if not words:
        return "configuration changed"
    return ", ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")


def _word(key: str, before: Mapping[str, str], now: Mapping[str, str], service: Service) -> str:
    verb = "changed" if key in before and key in now else "added" if key in now else "removed"
    place = service.places.get(key) or service.places.get(key.split(".")[0]) if key in now else None
    where = f" ({place.file}:{place.line})" if place and place.line else ""
    return f"{key.replace('.', ' ', 1)} {verb}{where}"


def _leaves(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in raw.items():
        if key in _UNHASHED:
            continue
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
