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
}  # fmt: skip

SOUND: dict[str, OfStack] = {}
