"""The production form of system D: refuses without its secrets, migrates once, serves behind `check --deploy`."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.backend_stack import Backend, copy_of_the_stack
from tests.shore import Shore

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SECRETS = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "POSTGRES_PASSWORD": "a password",
    "ALLOWED_HOSTS": "api.example.com",
    "TRUST_FORWARDED_PROTO": "on",
}


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    shore = Shore(
        copy_of_the_stack(tmp_path / "tree"), tmp_path, project="backend-production-test", extra=dict(SECRETS)
    )
    yield Backend(shore, "docker-compose.prod.yml")
    shore.run("-f", "docker-compose.prod.yml", "down", "-v", "-t", "2")


@pytest.mark.shows("D7")
@pytest.mark.parametrize("missing", ["SECRET_KEY", "POSTGRES_PASSWORD", "ALLOWED_HOSTS"])
def test_nothing_starts_without_a_secret(backend: Backend, missing: str) -> None:
    backend.shore.extra = {name: value for name, value in SECRETS.items() if name != missing}
    refused = backend.run("up", "-d")
    assert refused.code == 1
    assert missing in refused.err
    assert ".env.example" in refused.err


@pytest.mark.shows("D7")
def test_it_runs(backend: Backend) -> None:
    backend.up("--build")
    rows = backend.rows()
    assert {name: row["State"] for name, row in rows.items()} == {
        "db": "running", "redis": "running", "backend": "running", "migrate": "exited",
    }  # fmt: skip
    assert rows["migrate"]["ExitCode"] == 0
    assert rows["db"]["Publishers"] in ([], None)

    assert answer(backend, "/api/v1/health/", proto="http")[0] == 200
    status, page = answer(backend, "/api/v1/docs/")
    assert status == 200
    asset = page.split('src="')[1].split('"')[0]
    assert answer(backend, asset)[0] == 200

    assert backend.inside("backend", "id", "-u").out.strip() == "1001"
    assert backend.inside("backend", "sh", "-c", "echo x >> /app/manage.py").code != 0
    logs = backend.run("logs", "--no-color", "backend", "migrate").text
    assert "no issues" in logs
    assert "migrations: applied" in logs
    assert SECRETS["SECRET_KEY"] not in logs


def answer(backend: Backend, path: str, proto: str = "https") -> tuple[int, str]:
    """As the proxy in front asks: by the public name, saying how the client came."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{backend.port('backend', 8000)}{path}",
        headers={"Host": "api.example.com", "X-Forwarded-Proto": proto},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
        return response.status, response.read().decode("utf-8", "replace")
