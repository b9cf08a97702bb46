"""Variants of the reference stacks themselves, broken and sound: faults in what their frameworks, servers and proxies
do, and in how the parts of a real product hang together."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.verify.broken.variants import Change, compose

__all__ = ["BROKEN", "SOUND", "OfStack"]


@dataclass(frozen=True)
class OfStack:
    """Of stacks/`stack`: `families` are tried, of these `services` and what they need (all without any); exactly
    `criterion` falls short, or nothing where there is none."""

    stack: str
    criterion: str
    families: tuple[str, ...]
    changes: tuple[Change, ...]
    services: tuple[str, ...] = field(default=())


TASKS = "apps/tasks/migrations/"
CLEAN = """\
from django.db import migrations


def clean(apps, editor):
    apps.get_model("tasks", "Task").objects.filter(title="").delete()


class Migration(migrations.Migration):
    dependencies = [("tasks", "%s")]
    operations = [migrations.RunPython(clean%s)]
"""
STICKER = """\
import sqlalchemy as sa
from alembic import op

revision = "sticker_001"
down_revision = "798d96052738"


def upgrade():
    op.create_table("sticker", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("sticker")
"""
FIVE = """\
      test: ["CMD", "redis-cli", "ping"]
      interval: 10s
      timeout: 3s
      retries: 5
"""
SHUT = "    read_only: true\n"
UVICORN = "uvicorn app.main:app --host 0.0.0.0 --port 8000 --no-access-log"
RUNS = "    restart: unless-stopped\n    stop_grace_period: 30s\n"
WAITS_FOR_DB = """\
    depends_on:
      db:
        condition: service_healthy
    healthcheck:
      test: curl -f http://localhost:8000/health
"""
UNHURRIED = """\
      interval: 30s
      timeout: 10s
      retries: 3
      start_period: 40s
"""
DATABASE = "      - postgres_data:/var/lib/postgresql/data\n"
REDIS = 'command: ["redis-server", "--appendonly", "yes", '
DSN = "@db:5432/app_db"
WORKER = "  celery_worker:\n    <<: *worker\n"
NETWORKS_OF_BACKEND = "      start_period: 40s\n    networks:\n"
LAST_OF_DB = """\
      retries: 5
    networks:
      - max_gallery_network
"""
BACKEND = """\
  backend:
    build:
      context: .
      target: development
    image: backend:development
    depends_on:
"""
JOB = """\
  apply:
    build:
      context: .
      target: development
    image: backend:development
    command: ["python", "manage.py", "apply_migrations"]
    depends_on:
      db:
        condition: service_healthy
      redis:
        condition: service_healthy
    env_file:
      - .env.docker
    environment:
      <<: *database
    volumes:
      - ./:/app
      - /app/venv
    tmpfs:
      - /tmp

"""
DONE = "      apply:\n        condition: service_completed_successfully\n"
ASIDE = """\
  spare:
    image: postgres:15-alpine
    profiles: [restore]
    user: root
    environment:
      POSTGRES_PASSWORD: postgres
    ports: ["5432"]

  redis:
    image:
"""
BOT = """\
    healthcheck:
      test: ["CMD", "devops/check-bot.sh"]
"""

BROKEN: dict[str, OfStack] = {
    "django-does-not-reload": OfStack(
        "backend", "reloads.backend", ("reloads",),
        (Change("Dockerfile", '"runserver", "0.0.0.0:8000"]', '"runserver", "--noreload", "0.0.0.0:8000"]'),),
    ),
    "django-model-goes-on-alone": OfStack(
        "backend", "migrates.models.backend", ("migrates",),
        (Change("apps/tasks/models.py", "    due_on = ", "    colour = models.TextField(default='')\n    due_on = "),),
    ),
    "django-no-way-back": OfStack(
        "backend", "migrates.back.backend", ("migrates",),
        (Change(f"{TASKS}0002_clean.py", "", CLEAN % ("0001_initial", "")),),
    ),
    "django-two-heads": OfStack(
        "backend", "migrates.heads.backend", ("starts", "migrates"),
        (
            Change(f"{TASKS}0002_clean.py", "", CLEAN % ("0001_initial", ", clean")),
            Change(f"{TASKS}0002_sweep.py", "", CLEAN % ("0001_initial", ", clean")),
        ),
    ),
    "django-pending": OfStack(
        "backend", "migrates.pending.backend", ("starts", "migrates"),
        (
            Change("docker/entrypoint.development.sh", "apply_migrations ;;", "migrate tasks 0001 ;;"),
            Change(f"{TASKS}0002_clean.py", "", CLEAN % ("0001_initial", ", clean")),
        ),
    ),
    "uploads-on-no-volume": OfStack(
        "backend", "persists.path.backend.data-media", ("persists",),
        (compose("      - media_data:/data/media\n", ""),),
    ),
    "check-of-the-image-says-yes": OfStack(
        "backend", "starts.check.backend", ("starts",),
        (
            Change("docker/healthcheck.sh", '[ "$status" = 200 ]', "true"),
            Change("docker/healthcheck.sh", "|| exit 1", "|| exit 0"),
            Change("docker/healthcheck.sh", "read -r _ status _ <&3", "exit 0"),
        ),
    ),
    "store-may-write-anywhere": OfStack(
        "backend", "safe.read-only.redis", ("safe",), (compose(f"{FIVE}{SHUT}", FIVE),), ("redis",),
    ),
    "proxy-knows-another-port": OfStack(
        "gallery", "yours.frontend.b2-through-nginx", ("reachable", "yours"),
        (Change("front/nginx/default.conf.template", "http://backend:8000;", "http://backend:8001;"),),
    ),
    "production-as-root": OfStack(
        "gallery", "safe.user.backend", ("safe",),
        (Change("backend/Dockerfile", "compileall -q app\nUSER app\n", "compileall -q app\n"),),
    ),
    "database-does-not-come-back": OfStack(
        "gallery", "recovers.killed.db", ("recovers",),
        (compose("    restart: unless-stopped\n    stop_grace_period: 60s", "    stop_grace_period: 60s"),),
        ("db",),
    ),
    "pictures-in-the-container": OfStack(
        "gallery", "persists.path.backend.app-uploads", ("persists",),
        (compose("      - uploads_data:/app/uploads\n", ""),),
    ),
    "nginx-without-the-pictures": OfStack(
        "shop", "yours.nginx.a4-served", ("yours",),
        (compose("      - media_data:/srv/media:ro\n", ""),),
    ),
    "document-store-in-memory": OfStack(
        "accounts", "persists.server.mongo", ("persists",),
        (compose("      - mongo_data:/data/db\n", "      - mongo_data:/data/configdb\n"),), ("mongo",),
    ),
    "bot-on-another-network": OfStack(
        "assistant", "isolated.finds.bot", ("isolated",),
        (compose(BOT, f"    networks: [apart]\n{BOT}"), compose("\nnetworks:\n", "\nnetworks:\n  apart:\n")),
        ("bot", "telegram"),
    ),
    "alembic-two-heads": OfStack(
        "assistant", "migrates.heads.api", ("starts", "migrates"),
        (Change("migrations/versions/sticker_001.py", "", STICKER),), ("api",),
    ),
    "database-beside-its-volume": OfStack(
        "gallery", "persists.server.db", ("persists",),
        (compose(DATABASE, DATABASE.replace("/data\n", "\n")),), ("db",),
    ),
    "volume-without-a-name": OfStack(
        "backend", "persists.server.db", ("persists",),
        (compose(DATABASE, DATABASE.replace("postgres_data:", "")),), ("db",),
    ),
    "volume-that-cannot-be-written": OfStack(
        "gallery", "starts.ready.backend", ("starts", "persists"),
        (compose("uploads_data:/app/uploads", "uploads_data:/app/uploads:ro"),), ("backend",),
    ),
    "store-keeps-nothing": OfStack(
        "backend", "persists.server.redis", ("persists",),
        (compose(REDIS, 'command: ["redis-server", "--save", "", '),), ("redis",),
    ),
    "database-for-everybody": OfStack(
        "backend", "isolated.database.db", ("starts", "isolated"),
        (compose('"127.0.0.1:5432:5432"', '"5432:5432"'),), ("db",),
    ),
    "documents-for-everybody": OfStack(
        "accounts", "isolated.database.mongo", ("starts", "isolated"),
        (compose('"127.0.0.1:27017:27017"', '"27017:27017"'),), ("mongo",),
    ),
    "store-without-its-entry-point": OfStack(
        "backend", "safe.user.redis", ("starts", "safe"),
        (compose(REDIS, 'entrypoint: ["redis-server"]\n    command: ["--appendonly", "yes", '),), ("redis",),
    ),
    "pipe-keeps-the-signal": OfStack(
        "gallery", "recovers.stops.backend", ("recovers",),
        (compose(RUNS, f"    command: sh -c '{UVICORN} 2>&1 | cat'\n{RUNS.replace('30s', '10s')}"),), ("backend",),
    ),
    "pages-before-what-they-ask": OfStack(
        "gallery", "starts.order.frontend", ("starts", "reachable"),
        (compose("      backend:\n        condition: service_healthy\n", "      - backend\n"),),
    ),
    "back-end-before-its-database": OfStack(
        "gallery", "starts.order.backend", ("starts",),
        (compose(WAITS_FOR_DB, WAITS_FOR_DB.partition("_healthy\n")[2]),), ("backend", "db"),
    ),
    "another-database-than-there-is": OfStack(
        "gallery", "starts.ready.backend", ("starts", "reachable", "isolated", "yours"),
        (compose(DSN, "@db:5432/gallery"), compose(UNHURRIED, UNHURRIED.replace("0s", "s"))), ("backend", "db"),
    ),
    "as-much-memory-as-there-is": OfStack(
        "gallery", "safe.limits.backend", ("safe",),
        (compose("    deploy:\n      resources:\n        limits:\n          memory: 1G\n\n  db:", "\n  db:"),),
        ("backend",),
    ),
    "token-in-the-image": OfStack(
        "gallery", "safe.image-secrets.backend", ("safe",),
        (
            Change("backend/Dockerfile", "compileall -q app\nUSER app\n",
                   "compileall -q app\nENV BOT_TOKEN=7130042311:AAGx8s0vYkQmT4nWq2eLr5uJb9cDf7hKpZ1\nUSER app\n"),
        ),
        ("backend",),
    ),
    "key-in-the-log": OfStack(
        "gallery", "safe.logs", ("starts", "safe"),
        (Change("backend/app/main.py", "        settings = get_settings()\n",
                "        settings = get_settings()\n        print(settings)\n"
                "        import os\n        print(os.environ['SECRET_KEY'], flush=True)\n"),),
        ("backend",),
    ),
    "key-in-the-pages": OfStack(
        "accounts", "safe.bundle.frontend", ("starts", "safe"),
        (
            compose("      AUTH_TARGET: http", "      VITE_KEY: ${JWT_SECRET_KEY}\n      AUTH_TARGET: http"),
            Change("frontend/src/main.tsx", "const root =", "console.debug(import.meta.env.VITE_KEY);\nconst root ="),
        ),
        ("frontend",),
    ),
    "mails-do-not-come-back": OfStack(
        "accounts", "recovers.killed.mail", ("starts", "recovers"),
        (compose("accounts/mail:development\n    restart: unless-stopped\n", "accounts/mail:development\n"),),
        ("mail",),
    ),
    "worker-drops-its-task": OfStack(
        "accounts", "recovers.task.celery_worker", ("recovers",),
        (Change("celery_worker/Dockerfile", "--kill-after=55", "--kill-after=1"),), ("celery_worker",),
    ),
    "worker-does-not-know-the-signal": OfStack(
        "accounts", "recovers.stops.celery_worker", ("recovers",),
        (compose(WORKER, f"{WORKER}    stop_signal: SIGQUIT\n"),),
        ("celery_worker",),
    ),
    "flower-watches-another-broker": OfStack(
        "accounts", "yours.flower.c5-flower", ("starts", "reachable", "yours"),
        (compose("CELERY_BROKER_URL: redis://redis:6379/0", "CELERY_BROKER_URL: redis://redis:6379/5"),),
        ("flower", "celery_worker"),
    ),
    "nobody-publishes-it": OfStack(
        "gallery", "reachable.frontend.published", ("starts", "reachable", "yours"),
        (compose('    ports:\n      - "${FRONTEND_PORT:-80}:80"\n', ""),),
    ),
    "another-port-than-it-listens-on": OfStack(
        "gallery", "reachable.frontend.8080", ("reachable", "yours"),
        (compose("${FRONTEND_PORT:-80}:80", "${FRONTEND_PORT:-80}:8080"),),
    ),
    "nginx-without-the-style-sheets": OfStack(
        "shop", "yours.nginx.a4-static", ("starts", "yours"),
        (compose("      - static_data:/srv/static:ro\n", ""),),
    ),
    "api-does-not-reload": OfStack(
        "assistant", "reloads.api", ("reloads",),
        (Change("devops/Dockerfile.api", " --reload --reload-dir assistant", ""),), ("api",),
    ),
    "alembic-pending": OfStack(
        "assistant", "migrates.pending.api", ("starts", "migrates"),
        (Change("devops/Dockerfile.api", "python -m assistant.migrate && exec uvicorn assistant.api.main:app --host "
                "0.0.0.0 --port 8000 --no-access-log --timeout-graceful-shutdown 1 --reload",
                "alembic upgrade 0f7d5dc69d1f && exec uvicorn assistant.api.main:app --host "
                "0.0.0.0 --port 8000 --no-access-log --timeout-graceful-shutdown 1 --reload"),),
        ("api",),
    ),
}  # fmt: skip

SOUND: dict[str, OfStack] = {
    "store-by-snapshots": OfStack(
        "backend", "", ("starts", "persists", "safe"), (compose(REDIS, 'command: ["redis-server", '),), ("redis",),
    ),
    "database-by-another-name-in-a-closed-network": OfStack(
        "gallery", "", ("starts", "reachable", "isolated", "yours"),
        (
            compose(DSN, "@store:5432/app_db"),
            compose(LAST_OF_DB, LAST_OF_DB.replace("- max_gallery_network", "closed:\n        aliases: [store]")),
            compose(NETWORKS_OF_BACKEND, f"{NETWORKS_OF_BACKEND}      - closed\n"),
            compose("\nnetworks:\n", "\nnetworks:\n  closed:\n    internal: true\n"),
        ),
    ),
    "password-from-a-file": OfStack(
        "gallery", "", ("starts", "persists", "safe", "yours"),
        (
            compose("      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD in .env}\n    volumes:\n",
                    "      POSTGRES_PASSWORD_FILE: /run/secrets/password\n    secrets: [password]\n    volumes:\n"),
            compose("\nnetworks:\n", "\nsecrets:\n  password:\n    environment: POSTGRES_PASSWORD\n\nnetworks:\n"),
        ),
    ),
    "shell-that-becomes-the-server": OfStack(
        "gallery", "", ("starts", "recovers"),
        (
            compose(RUNS, f"    command: sh -c 'echo begins; exec {UVICORN}'\n    restart: on-failure\n"
                    "    stop_signal: SIGINT\n    stop_grace_period: 30s\n"),
            compose("test: curl -f http://localhost:8000/health",
                    'test: ["CMD-SHELL", "curl -fsS http://127.0.0.1:8000/health > /dev/null || exit 1"]'),
        ),
        ("backend",),
    ),
    "migrates-in-a-job-and-keeps-a-spare": OfStack(
        "backend", "", ("starts", "migrates", "isolated"),
        (
            compose(BACKEND, f"{JOB}{BACKEND}{DONE}"),
            compose("  redis:\n    image:", ASIDE.rstrip()),
        ),
    ),
}  # fmt: skip
