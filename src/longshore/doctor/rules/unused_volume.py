"""Named volumes that nobody mounts."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    used = {m.source for s in ground.services.values() for m in s.mounts if m.type == "volume"}
    for key in ground.reading.as_written("volumes") or ():
        if key not in used:
            yield rule.found(f"no service mounts the volume {key}", ground.reading.place("volumes", key, key=True))


RULE = Rule(
    id="compose.unused-volume",
    level="warning",
    title="A named volume is used by nobody",
    why="data that is believed to be kept is not, or a mistyped name hides",
    todo="mount it, or remove it from volumes:",
    check=_check,
    wrong=({"compose.yaml": "services:\n  db: {image: 'postgres:16'}\nvolumes:\n  data:\n"},),
    right=(
        {
            "compose.yaml": "services:\n  db: {image: 'postgres:16', volumes: ['data:/var/lib/postgresql/data']}\n"
            "volumes:\n  data:\n"
        },
    ),
)
