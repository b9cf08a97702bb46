"""Waiting for the health of a service that has no check."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.health import may_have_check
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for service in ground.services.values():
        for name, dependency in service.depends_on.items():
            other = ground.services.get(name)
            if dependency.condition == "service_healthy" and other and not may_have_check(other, ground):
                yield rule.found(
                    f"{service.name} waits for the health of {name}, which has no health check",
                    service.place(f"depends_on.{name}.condition", f"depends_on.{name}", "depends_on"),
                    service=service.name,
                )


RULE = Rule(
    id="compose.waits-for-no-check",
    level="error",
    title="A service waits for the health of one without a health check",
    why="that is never healthy: the start fails",
    todo="give it a health check, or wait for service_started",
    check=_check,
    wrong=(
        {
            "compose.yaml": "services:\n  web: {image: 'nginx:1.27', depends_on: {db: {condition: service_healthy}}}\n"
            "  db: {image: 'postgres:16'}\n"
        },
    ),
    right=(
        {
            "compose.yaml": "services:\n  web: {image: 'nginx:1.27', depends_on: {db: {condition: service_healthy}}}\n"
            "  db: {image: 'postgres:16', healthcheck: {test: pg_isready}}\n"
        },
    ),
)
