"""Services that start before what they need is ready."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.health import has_check
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for service in ground.services.values():
        for name, dependency in service.depends_on.items():
            other = ground.services.get(name)
            implied = name not in _written(ground, service.name)
            if dependency.condition == "service_started" and other and not implied and has_check(other, ground):
                yield rule.found(
                    f"{service.name} starts when {name} has started, not when it is healthy",
                    service.place(f"depends_on.{name}", "depends_on"),
                    service=service.name,
                )


def _written(ground: Ground, service: str) -> tuple[str, ...]:
    """The names under depends_on: of the file; links and shared namespaces imply others."""
    return tuple(ground.reading.as_written("services", service, "depends_on") or ())


RULE = Rule(
    id="compose.starts-too-early",
    level="warning",
    title="depends_on without a condition on a service that has a health check",
    why="the order of starts alone decides: on a slow day the service meets a database that does not answer yet",
    todo="write depends_on: {NAME: {condition: service_healthy}}",
    check=_check,
    wrong=(
        {
            "compose.yaml": "services:\n  web: {image: 'nginx:1.27', depends_on: [db]}\n"
            "  db: {image: 'postgres:16', healthcheck: {test: pg_isready}}\n"
        },
    ),
    right=(
        {
            "compose.yaml": "services:\n  web: {image: 'nginx:1.27', depends_on: {db: {condition: service_healthy}}}\n"
            "  db: {image: 'postgres:16', healthcheck: {test: pg_isready}}\n"
        },
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27', depends_on: [db]}\n  db: {image: 'postgres:16'}\n"},
    ),
)
