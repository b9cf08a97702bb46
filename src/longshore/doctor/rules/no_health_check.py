"""Services whose health nobody can know."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.health import has_check
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    uses = [use for s in ground.services.values() for use in s.depends_on.values()]
    waited = {use.service for use in uses if use.condition == "service_healthy"}  # waits_for_no_check says it
    for service in ground.services.values():
        if service.name in ground.oneshots or service.name in waited or has_check(service, ground):
            continue
        yield rule.found(f"{service.name} has no health check", service.place("healthcheck", ""), service=service.name)


RULE = Rule(
    id="compose.no-health-check",
    level="advice",
    title="A service has no health check",
    why="it counts as ready as soon as its process runs, and as well while it answers nobody",
    todo="add healthcheck: with a test that the image can run",
    check=_check,
    wrong=({"compose.yaml": "services:\n  web: {image: 'nginx:1.27'}\n"},),
    right=(
        {"compose.yaml": "services:\n  db: {image: 'redis:7', healthcheck: {test: redis-cli ping}}\n"},
        {"compose.yaml": "services:\n  set-up: {image: 'redis:7', restart: 'no'}\n"},
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": "FROM nginx:1.27\nHEALTHCHECK CMD curl -f http://localhost\n",
        },
    ),
)
