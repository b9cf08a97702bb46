"""Health, documentation, outages, configuration: what the machinery around the API relies on."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core import health
from apps.tasks.models import Task
from config import env

ROOT = Path(__file__).resolve().parent.parent


def test_the_tests_keep_away_from_the_developer_s_data(settings) -> None:  # type: ignore[no-untyped-def]
    assert settings.SETTINGS_MODULE == "config.settings.test"
    assert settings.CACHES["default"]["KEY_PREFIX"].startswith("test-")
    assert "backend-tests-" in str(settings.MEDIA_ROOT)


def test_health_looks_at_the_database_and_the_cache(db: None, client: Client) -> None:
    answer = client.get("/api/v1/health/")
    assert answer.status_code == 200
    assert {name: check["status"] for name, check in answer.json()["checks"].items()} == {"database": "ok", "cache": "ok"}
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("away", ["database", "cache"])
def test_health_names_what_is_away_and_no_secret(db: None, client: Client, monkeypatch: pytest.MonkeyPatch, away: str) -> None:
    def fail() -> None:
        raise OperationalError('connection to "db" failed: password authentication failed for user "postgres"')

    monkeypatch.setitem(health.CHECKS, away, fail)
    answer = client.get("/api/v1/health/")
    assert answer.status_code == 503
    assert answer.json()["checks"][away]["error"] == "OperationalError"
    assert "postgres" not in answer.content.decode()
    assert client.get("/api/v1/health/live/").status_code == 200


def test_without_redis_the_api_still_answers(task: Task, as_ada: APIClient, settings, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    assert as_ada.get(f"/api/v1/projects/{task.project_id}/summary/").data["total"] == 1
    assert as_ada.post("/api/v1/auth/login/", {"username": "ada", "password": "no"}).status_code == 401
    assert as_ada.get("/api/v1/health/").status_code == 503


def test_without_the_database_clients_are_told_to_come_back(as_ada: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("apps.accounts.models.AccessTokenManager.find", fail)
    answer = as_ada.get("/api/v1/tasks/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_unknown_addresses_answer_in_json(client: Client) -> None:
    assert client.get("/nothing/").json() == {"detail": "Not found."}


def test_the_documentation_is_complete_and_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(assets) >= 3
    assert [asset for asset in assets if not asset.startswith("/static/")] == []
    schema = client.get("/api/v1/schema/?format=json").json()
    assert {"/api/v1/tasks/", "/api/v1/attachments/{id}/content/"} <= set(schema["paths"])


def test_the_schema_has_no_warnings(db: None, tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_models_and_migrations_agree(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run")


def test_seed_is_done_once(db: None, settings, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match="development"):
        call_command("seed")
    settings.DEBUG = True
    call_command("seed", tasks=5, password="correct horse")
    call_command("seed")
    assert Task.objects.count() == 5
    assert User.objects.get(username="ada").check_password("correct horse")
    assert "already there" in capsys.readouterr().out


def production(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.production", "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=settings | environ, capture_output=True, text=True)


SECRETS = {"SECRET_KEY": "k" * 25 + "0123456789" * 3, "POSTGRES_PASSWORD": "p", "ALLOWED_HOSTS": "api.example.com"}


def test_production_starts_clean_with_its_secrets() -> None:
    result = production("check", "--deploy", "--fail-level", "WARNING", **SECRETS)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "POSTGRES_PASSWORD"])
def test_production_refuses_to_start_without_a_secret(missing: str) -> None:
    result = production("check", **{name: value for name, value in SECRETS.items() if name != missing})
    assert result.returncode == 1
    assert result.stderr == f"manage.py: {missing} is not set: give it in the environment, or name a file that holds it in {missing}_FILE\n"


@pytest.mark.parametrize("change", [{"SECRET_KEY": "short"}, {"ALLOWED_HOSTS": ""}, {"SECURE_SSL_REDIRECT": "off"}])
def test_production_refuses_what_check_deploy_finds(change: dict[str, str]) -> None:
    assert production("check", "--deploy", "--fail-level", "WARNING", **(SECRETS | change)).returncode == 1


def test_values_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("A", "x, y,, z ")
    assert env.words("A") == ["x", "y", "z"]
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    monkeypatch.setenv("A_FILE", str(secret))
    assert env.required("A") == "from a file"
    monkeypatch.setenv("A_FILE", str(tmp_path / "nothing"))
    for read, value, said in ((env.flag, "maybe", "neither on nor off"), (env.number, "ten", "whole number")):
        monkeypatch.delenv("A_FILE", raising=False)
        monkeypatch.setenv("A", value)
        with pytest.raises(env.ImproperlyConfigured, match=said):
            read("A", 1)  # type: ignore[operator]
    monkeypatch.setenv("A_FILE", str(tmp_path / "nothing"))
    with pytest.raises(env.ImproperlyConfigured, match="cannot read"):
        env.text("A")
