"""Services that stay down."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for service in ground.services.values():
        deployed = bool(service.raw.get("deploy", {}).get("restart_policy"))
        if service.name not in ground.oneshots and "restart" not in service.raw and not deployed:
            yield rule.found(f"{service.name} has no restart policy", service.place(""), service=service.name)


RULE = Rule(
    id="compose.no-restart-policy",
    level="advice",
    title="A service has no restart policy",
    why="once it has crashed it stays down until somebody looks",
    todo="add restart: unless-stopped, or restart: 'no' where it is meant to end",
    check=_check,
    wrong=({"compose.yaml": "services:\n  web: {image: 'nginx:1.27'}\n"},),
    right=(
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27', restart: unless-stopped}\n"},
        {"compose.yaml": "services:\n  job: {image: 'nginx:1.27', restart: 'no'}\n"},
    ),
)
