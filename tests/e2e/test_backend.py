"""System D: its document's four acceptance criteria and what else it promises, as root and not."""

from __future__ import annotations

import os
import re
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.backend_stack import Backend, DemoError, copy_of_the_stack
from tests.e2e.private import shore_of
from tests.e2e.who import who

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

HEALTH, LIVE = "/api/v1/health/", "/api/v1/health/live/"
IMAGES = ("python:3.11-slim", "postgres:15-alpine", "redis:7-alpine")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
SERVICES = {"db", "redis", "backend"}
VOLUMES = {f"backend-{name}-data" for name in ("postgres", "redis", "media", "static")}


@pytest.fixture(scope="module", params=who("ordinary user"))
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """The stack, up and healthy: as an ordinary user (test_backend_demo.py is root's)."""
    home, project = tmp_path_factory.mktemp("backend"), f"backend-{uuid.uuid4().hex[:6]}"
    shore = shore_of(request.param, request, home, project, copy_of_the_stack)
    stack = Backend(shore)
    try:
        # The cache is shared: it may hold an image of this name that another state of the tree made.
        stack.up("--build")
        yield stack
    finally:
        shore.down()


def volumes(stack: Backend) -> set[str]:
    """The named volumes that exist; an anonymous one has a name that nobody chose."""
    return {name for name in stack.run("volumes", "-q").out.split() if "-" in name}


@pytest.mark.shows("D1")
def test_starts_and_is_accessible(backend: Backend) -> None:
    rows = backend.rows()
    assert set(rows) == SERVICES
    assert {row["Health"] for row in rows.values()} == {"healthy"}
    assert backend.client().get(HEALTH)["status"] == "ok"
    for service, port in (("db", 5432), ("redis", 6379)):
        socket.create_connection(("127.0.0.1", backend.port(service, port)), timeout=5).close()
    assert "accepting connections" in backend.inside("db", "pg_isready", "-U", "postgres", "-d", "backend_db").out
    assert backend.inside("redis", "redis-cli", "ping").out.strip() == "PONG"


@pytest.mark.shows("D1")
def test_the_documentation_loads_nothing_from_elsewhere(backend: Backend) -> None:
    client = backend.client()
    assets = re.findall(r'(?:src|href)="([^"]+)"', client.page("/api/v1/docs/"))
    assert len(assets) >= 3
    for asset in assets:
        assert asset.startswith("/static/")
        assert client.send("GET", asset)


def test_up_on_the_running_stack_changes_nothing(backend: Backend) -> None:
    before = {name: row["ID"] for name, row in backend.rows().items()}
    backend.up()
    assert {name: row["ID"] for name, row in backend.rows().items()} == before


@pytest.mark.shows("D2")
def test_a_saved_file_is_served_without_a_rebuild(backend: Backend) -> None:
    before = backend.rows()["backend"]["ID"]
    was, now = 'JsonResponse({"status": "ok"})', 'JsonResponse({"status": "edited"})'
    backend.edit("apps/core/health.py", was, now)
    backend.answers(LIVE, "edited", within=20)
    backend.edit("apps/core/health.py", now, was)
    backend.answers(LIVE, "ok", within=20)
    assert backend.rows()["backend"]["ID"] == before


@pytest.mark.shows("D5")
def test_it_is_not_root_and_cannot_write_but_where_it_must(backend: Backend) -> None:
    assert backend.inside("backend", "id", "-u").out.strip() == "1001"
    assert backend.inside("backend", "id", "-un").out.strip() == "django"
    status = backend.inside(
        "backend", "sh", "-c", "grep -E '^(CapEff|CapBnd|NoNewPrivs):' /proc/self/status"
    ).out.split()
    assert status[1::2] == ["0" * 16, "0" * 16, "1"]
    for service in SERVICES:
        options = backend.inside(service, "sh", "-c", "awk '$5 == \"/\" {print $6}' /proc/self/mountinfo").out.strip()
        assert "ro" in options.split(","), f"{service}: {options}"
    for place in ("/tmp", "/data/media", "/data/static"):
        assert backend.inside("backend", "sh", "-c", f"echo x > {place}/probe && rm {place}/probe").code == 0
    assert backend.inside("backend", "sh", "-c", "echo x > /opt/probe").code != 0


@pytest.mark.shows("D5")
def test_no_secret_reaches_the_environment_of_another_service(backend: Backend) -> None:
    environment = backend.inside("redis", "env").out
    assert "POSTGRES" not in environment


@pytest.mark.shows("D3")
def test_migrations_by_hand(backend: Backend) -> None:
    listed = backend.inside("backend", "python", "manage.py", "showmigrations").out
    assert "[X] 0001_initial" in listed
    assert "[ ]" not in listed
    assert backend.inside("backend", "python", "manage.py", "makemigrations", "--check", "--dry-run").code == 0
    assert backend.inside("backend", "python", "manage.py", "migrate").code == 0


@pytest.mark.shows("D3")
def test_a_new_migration_is_found_and_applied_at_start(backend: Backend) -> None:
    add_migration(backend, "0002_extra", "CREATE TABLE added_at_start (id int)")
    assert backend.run("restart", "backend").code == 0
    backend.up()
    assert "1 pending: tasks.0002_extra" in backend.run("logs", "--no-color", "backend").text
    assert (
        backend.inside("db", "psql", "-U", "postgres", "-d", "backend_db", "-c", "SELECT * FROM added_at_start").code
        == 0
    )


@pytest.mark.shows("D3")
def test_a_failed_migration_is_clear_and_leaves_the_data_whole(backend: Backend) -> None:
    client = backend.signed_in("whole", register=True)
    project = client.post("/api/v1/projects/", {"name": "Whole"})["id"]
    broken = add_migration(backend, "0003_bad", "DELETE FROM tasks_task; SELECT nonsense", after="0002_extra")
    backend.run("stop", "backend")
    failed = backend.run("up", "-d", "--wait", "--ports", "auto")
    assert failed.code == 1
    assert "migration tasks.0003_bad failed" in failed.text
    assert "rolled back" in failed.text

    broken.unlink()
    backend.up()
    assert backend.signed_in("whole").get(f"/api/v1/projects/{project}/")["name"] == "Whole"


def add_migration(backend: Backend, name: str, sql: str, after: str = "0001_initial") -> Path:
    path = backend.shore.folder / f"apps/tasks/migrations/{name}.py"
    path.write_text(
        "from django.db import migrations\n\n\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('tasks', '{after}')]\n"
        f"    operations = [migrations.RunSQL({sql!r})]\n"
    )
    owner = backend.shore.folder.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    return path


def test_the_project_s_own_tests_run_inside(backend: Backend) -> None:
    done = backend.run("run", "--rm", "-T", "backend", "pytest", "-q")
    assert done.code == 0, done.text[-3000:]
    assert re.search(r"\d{3} passed", done.text)


@pytest.mark.shows("D4")
def test_data_survives_down_and_up_and_only_down_v_removes_it(backend: Backend) -> None:
    client = backend.signed_in("ada", register=True)
    project = client.post("/api/v1/projects/", {"name": "Kept"})["id"]
    task = client.post("/api/v1/tasks/", {"project": project, "title": "Kept"})["id"]
    backend.upload(client, task, "kept.png", PNG)

    assert backend.run("down").code == 0
    assert backend.rows() == {}
    assert volumes(backend) == VOLUMES
    backend.up()
    client = backend.signed_in("ada")
    assert client.get(f"/api/v1/tasks/{task}/")["title"] == "Kept"
    attachment = client.get(f"/api/v1/tasks/{task}/attachments/")["results"][0]
    assert backend.download(client, attachment["content"]) == PNG

    assert backend.run("down", "-v").code == 0
    assert volumes(backend) == set()
    backend.up()
    with pytest.raises(DemoError, match="401"):
        backend.signed_in("ada")
