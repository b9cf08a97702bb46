"""Databases that can be reached from outside."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.model.servers import server_of

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for service in ground.services.values():
        server = server_of(service)
        for port in service.ports if server else ():
            if port.host_ip not in ("127.0.0.1", "::1", "localhost"):
                yield rule.found(
                    f"{service.name} ({server}) can be reached from outside on port {port.published or port.target}",
                    port.place or service.place("ports"),
                    service=service.name,
                )


RULE = Rule(
    id="compose.database-published",
    level="warning",
    title="A database is published",
    why="services of the stack reach it by its name; from outside it is attacked within hours",
    todo="leave out its ports:, or publish it on 127.0.0.1 where tools on this machine need it",
    check=_check,
    wrong=({"compose.yaml": "services:\n  db: {image: 'postgres:16', ports: ['5432:5432']}\n"},),
    right=({"compose.yaml": "services:\n  db: {image: 'postgres:16', ports: ['127.0.0.1:5432:5432']}\n"},),
)
