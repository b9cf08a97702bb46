"""The backend stack on Docker, from the same files as natively, in both forms.

The gallery is in tests/pages/test_on_docker.py, where there is a browser to look at it."""

from __future__ import annotations

import json
import secrets
import shutil
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.docker import dockerd
from tests.e2e import backend_stack
from tests.shore import Shore

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

IMAGES = ("python:3.11-slim", "postgres:15-alpine", "redis:7-alpine")


@dataclass(frozen=True)
class Form:
    """One stack in one form: the file, the address that must answer and with what, variables that it needs."""

    file: str
    service: str
    port: int
    path: str
    contains: str
    variables: Mapping[str, str] = field(default_factory=dict)


def secret() -> str:
    return secrets.token_urlsafe(50)


BACKEND = {"POSTGRES_PASSWORD": "for-this-test", "SECRET_KEY": secret(), "ALLOWED_HOSTS": "localhost,127.0.0.1"}
HEALTH = "/api/v1/health/"

FORMS = {
    "backend-development": Form("docker-compose.yml", "backend", 8000, HEALTH, '"status": "ok"'),
    "backend-production": Form("docker-compose.prod.yml", "backend", 8000, HEALTH, '"status": "ok"', BACKEND),
}


@pytest.fixture
def host() -> Iterator[str]:
    yield from dockerd.hosting(*IMAGES)


@pytest.mark.shows("D1", "D7", engine="docker")
@pytest.mark.parametrize("name", FORMS)
def test_a_stack_comes_up_healthy_answers_and_goes(name: str, host: str, tmp_path: Path) -> None:
    form = FORMS[name]
    folder = backend_stack.copy_of_the_stack(tmp_path / "p")
    shore = Shore(folder, tmp_path / "home", "docker", f"sys-{name}", extra={"DOCKER_HOST": host, **form.variables})
    try:
        shore.ok("-f", form.file, "up", "-d", "--build", "--wait", "--ports", "auto", timeout=800)
        rows = {row["Service"]: row for row in rows_of(shore, form)}
        assert {row["Health"] for row in rows.values() if row["State"] == "running"} == {"healthy"}
        port = next(p["PublishedPort"] for p in rows[form.service]["Publishers"] if p["TargetPort"] == form.port)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{form.path}", timeout=20) as reply:
            assert form.contains in reply.read().decode()
    finally:
        shore.run("-f", form.file, "down", "-v", "-t", "2")
        shutil.rmtree(folder, ignore_errors=True)


def rows_of(shore: Shore, form: Form) -> list[dict[str, Any]]:
    lines = shore.ok("-f", form.file, "ps", "--format", "json").out.splitlines()
    return [json.loads(line) for line in lines]
