"""Health checks by a program that the image does not have."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.health import effective, lacks, program_of
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for service in ground.services.values():
        check = effective(service, ground)
        if check is None or service.name in ground.oneshots:
            continue
        program = program_of(check.test)
        if program and lacks(service, program, ground):
            yield rule.found(
                f"{service.name}: the health check runs {program}, which the image does not have",
                service.place("healthcheck.test", "healthcheck", "build", ""),
                service=service.name,
            )


RULE = Rule(
    id="compose.health-program-missing",
    level="error",
    title="A health check needs a program that the image does not have",
    why="the service never becomes healthy, whatever it does (slim and alpine images have no curl)",
    todo="use what is there (python -c, wget --spider, pg_isready, redis-cli ping), or install the program",
    check=_check,
    wrong=(
        {
            "compose.yaml": "services:\n  web: {build: ., healthcheck: {test: curl -f http://localhost:8000/}}\n",
            "Dockerfile": 'FROM python:3.12-slim\nCMD ["python", "-m", "http.server"]\n',
        },
        {"compose.yaml": "services:\n  db: {image: 'redis:7-alpine', healthcheck: {test: curl localhost}}\n"},
    ),
    right=(
        {
            "compose.yaml": "services:\n  web: {build: ., healthcheck: {test: curl -f http://localhost:8000/}}\n",
            "Dockerfile": "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y curl\n",
        },
        {"compose.yaml": "services:\n  db: {image: 'redis:7-alpine', healthcheck: {test: redis-cli ping}}\n"},
    ),
)
