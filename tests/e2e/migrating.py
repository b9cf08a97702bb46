"""Small products with migrations: Alembic on PostgreSQL, Alembic on SQLite."""

from __future__ import annotations

from pathlib import Path

__all__ = ["product", "revision"]

DOCKERFILE = """\
FROM python:3.11-slim
RUN pip install --no-cache-dir alembic==1.13.3 sqlalchemy==2.0.36 "psycopg[binary]==3.2.3"
WORKDIR /app
COPY . .
CMD ["sh", "-c", "alembic upgrade head && exec python -m http.server 8000"]
"""
ENV = """\
import os
import sqlalchemy
from alembic import context
with sqlalchemy.create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""
COMPOSE = {
    "postgres": """\
services:
  web:
    build: .
    environment: {DATABASE_URL: "postgresql+psycopg://app:pw@db:5432/app"}
    depends_on: {db: {condition: service_healthy}}
    x-longshore: {}
  db:
    image: postgres:15-alpine
    environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: pw}
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: pg_isready -U app, interval: 2s, retries: 60}
volumes: {data: }
""",
    "sqlite": """\
services:
  web:
    build: .
    environment: {DATABASE_URL: "sqlite:////data/app.db"}
    volumes: ["data:/data"]
    x-longshore: {}
volumes: {data: }
""",
}


def product(folder: Path, kind: str) -> None:
    """A product whose one service migrates a database of that kind, with one migration."""
    (folder / "compose.yaml").write_text(COMPOSE[kind])
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (folder / "migrations/versions").mkdir(parents=True)
    (folder / "migrations/env.py").write_text(ENV)
    (folder / ".dockerignore").write_text(".git\n")
    revision(folder, "0001", None, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)", "DROP TABLE note")


def revision(folder: Path, id_: str, parent: str | None, up: str, down: str = "SELECT 1") -> None:
    """A migration of one statement each way."""
    (folder / f"migrations/versions/{id_}.py").write_text(
        f"from alembic import op\nrevision = {id_!r}\ndown_revision = {parent!r}\n"
        f"def upgrade():\n    op.execute({up!r})\n"
        f"def downgrade():\n    op.execute({down!r})\n"
    )
