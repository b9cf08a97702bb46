"""Services that may take all memory."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for service in ground.services.values():
        if service.resources.memory is None and service.name not in ground.oneshots:
            yield rule.found(f"{service.name} has no memory limit", service.place("deploy", ""), service=service.name)


RULE = Rule(
    id="compose.no-limits",
    level="advice",
    title="A service has no memory limit",
    why="one leak takes the whole machine down, and the kernel chooses what to end",
    todo="add deploy: {resources: {limits: {memory: 512M}}}",
    check=_check,
    wrong=({"compose.yaml": "services:\n  web: {image: 'nginx:1.27'}\n"},),
    right=(
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27', mem_limit: 128m}\n"},
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27', deploy: {resources: {limits: {memory: 128M}}}}\n"},
    ),
)
