"""Ports that are published to the whole network."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.model.servers import server_of

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for service in ground.services.values():
        if server_of(service):
            continue
        for port in service.ports:
            if port.host_ip in ("", "0.0.0.0", "::") and port.published not in ("80", "443"):
                yield rule.found(
                    f"{service.name} publishes port {port.published or port.target} on every address of the machine",
                    port.place or service.place("ports"),
                    service=service.name,
                )


RULE = Rule(
    id="compose.port-on-all-addresses",
    level="advice",
    title="A port is published on every address",
    why="Docker opens it past the machine's firewall (moby #22054); 80 and 443, meant for everyone, do not count",
    todo='publish it on this machine: "127.0.0.1:8000:8000"',
    check=_check,
    wrong=({"compose.yaml": "services:\n  web: {image: 'nginx:1.27', ports: ['8000:80']}\n"},),
    right=(
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27', ports: ['127.0.0.1:8000:80']}\n"},
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27', ports: ['80:80', '443:443']}\n"},
    ),
)
