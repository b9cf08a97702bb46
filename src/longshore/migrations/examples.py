"""Small projects with migrations, for the examples of rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["alembic", "django"]

_COMPOSE = "services:\n  web: {build: .}\n"
_DOCKERFILE = "FROM python:3.12-slim\n"


def alembic(parents: Mapping[str, str], *, extra: Mapping[str, tuple[str, str]] | None = None) -> dict[str, str]:
    """A project whose version files are named after their ids; `parents` gives each one's down_revision as Python.
    `extra` are further files: name to id and down_revision."""
    files = {f"{id_}.py": (id_, parent) for id_, parent in parents.items()} | dict(extra or {})
    versions = {
        f"migrations/versions/{name}": f'revision = "{id_}"\ndown_revision = {parent}\n'
        for name, (id_, parent) in files.items()
    }
    settings = {"alembic.ini": "[alembic]\nscript_location = migrations\n"}
    return {"compose.yaml": _COMPOSE, "Dockerfile": _DOCKERFILE, **settings, **versions}


def django(parents: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """A project with one app, `shop`; `parents` gives the migrations that each comes after."""
    migrations = {
        f"shop/migrations/{name}.py": f"class Migration:\n    dependencies = {[('shop', one) for one in before]!r}\n"
        for name, before in parents.items()
    }
    return {
        "compose.yaml": _COMPOSE,
        "Dockerfile": _DOCKERFILE,
        "manage.py": "",
        "shop/__init__.py": "",
        "shop/migrations/__init__.py": "",
        **migrations,
    }
