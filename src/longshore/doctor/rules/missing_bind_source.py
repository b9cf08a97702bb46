"""Folders that are mounted and not there."""

from __future__ import annotations

import os
from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for service in ground.services.values():
        for number, mount in enumerate(service.mounts):
            if mount.type == "bind" and not os.path.lexists(mount.source):
                yield rule.found(
                    f"{service.name} mounts {ground.shown(mount.source)}, which does not exist",
                    service.place(f"volumes.{number}", "volumes"),
                    service=service.name,
                )


RULE = Rule(
    id="compose.missing-bind-source",
    level="warning",
    title="A bind mount's source does not exist",
    why="Docker makes an empty folder in its place, of root, also where a file was meant",
    todo="make it, or correct the path",
    check=_check,
    wrong=({"compose.yaml": "services:\n  web: {image: 'nginx:1.27', volumes: ['./sites:/etc/nginx/conf.d']}\n"},),
    right=(
        {
            "compose.yaml": "services:\n  web: {image: 'nginx:1.27', volumes: ['./a.conf:/etc/nginx/conf.d/a.conf']}\n",
            "a.conf": "",
        },
    ),
)
