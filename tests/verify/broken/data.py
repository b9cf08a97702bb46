"""Variants whose fault is in what a stack reloads, migrates, keeps and guards: of `parcels`, and of `letters`, which is
built, has a database with migrations, and reloads its source."""

from __future__ import annotations

from tests.verify.broken.variants import Change, Variant, app, compose

__all__ = ["LETTERS", "PARCELS"]


def dockerfile(old: str, new: str) -> Change:
    return Change("Dockerfile", old, new)


def env_py(old: str, new: str) -> Change:
    return Change("migrations/env.py", old, new)


DATA = "    volumes:\n      - data:/data\n"
WEB = "    x-longshore:\n      verify:\n        slow: GET /slow\n"
KEY = "a-key-of-parcels"


def safe(setting: str) -> Change:
    return compose(WEB, f"{WEB}        safe: {{{setting}}}\n")


PARCELS: dict[str, Variant] = {
    "volume-missing": Variant("persists.server.store", (compose(DATA, ""),)),
    "memory-in-place-of-a-volume": Variant("persists.server.store", (compose(DATA, "    tmpfs: [/data]\n"),)),
    "works-as-root": Variant("safe.user.web", (compose('    user: "1000:1000"\n', ""),)),
    "another-user-than-said": Variant("safe.user.web", (safe("user: 1234"),)),
    "everything-can-be-written": Variant("safe.read-only.web", (safe("read-only: true"),)),
    "no-limits": Variant("safe.limits.web", (safe("limits: true"),)),
    "secret-in-the-log": Variant(
        "safe.logs", (app('print("listening"', 'print("listening", os.environ["STORE_URL"]'),)
    ),
    "secret-in-the-page": Variant("safe.bundle.web", (app("<h1>Parcels</h1>", f"<h1>Parcels</h1><!-- {KEY} -->"),)),
    "secret-in-a-script": Variant(
        "safe.bundle.web",
        (
            app("<h1>Parcels</h1>", '<h1>Parcels</h1><script src=\\"/a.js\\"></script>'),
            app('    "/about"', f'    "/a.js": (200, "text/javascript", "const key = \'{KEY}\'"),\n    "/about"'),
        ),
    ),
}

UPGRADE = "alembic upgrade head && "
THIRD = """\
import sqlalchemy as sa
from alembic import op

revision = "a3"
down_revision = "a1"


def upgrade() -> None:
    op.create_table("stamp", sa.Column("id", sa.Integer, primary_key=True))


def downgrade() -> None:
    op.drop_table("stamp")
"""
SECOND = "migrations/versions/a2_sender.py"
MODELS = """
from sqlalchemy import Column, Integer, MetaData, Table, Text

models = MetaData()
Table("letter", models, Column("id", Integer, primary_key=True), Column("text", Text), Column("sender", Text))
Table("stamp", models, Column("id", Integer, primary_key=True))
"""

LETTERS: dict[str, Variant] = {
    "does-not-reload": Variant("reloads.web", (compose(" --reload --reload-dir app", ""),)),
    "watches-another-folder": Variant("reloads.web", (compose("--reload-dir app", "--reload-dir migrations"),)),
    "migration-pending": Variant("migrates.pending.web", (compose("alembic upgrade head", "alembic upgrade a1"),)),
    "two-heads": Variant(
        "migrates.heads.web",
        (Change("migrations/versions/a3_stamp.py", "", THIRD), compose("upgrade head &&", "upgrade heads &&")),
    ),
    "no-way-back": Variant(
        "migrates.back.web", (Change(SECOND, 'op.drop_column("letter", "sender")', 'raise NotImplementedError("no")'),)
    ),
    "way-back-leaves-it": Variant(
        "migrates.back.web", (Change(SECOND, 'op.drop_column("letter", "sender")', "pass"),)
    ),
    "models-go-on-alone": Variant(
        "migrates.models.web",
        (
            env_py("from sqlalchemy import create_engine\n", f"from sqlalchemy import create_engine\n{MODELS}"),
            env_py("connection=connection)", "connection=connection, target_metadata=models)"),
        ),
    ),
    "uploads-on-no-volume": Variant("persists.path.web.srv-uploads", (compose("      - uploads:/srv/uploads\n", ""),
                                                                      compose("  uploads:\n", ""))),
    "env-file-in-the-image": Variant("safe.image-secrets.web", (Change(".dockerignore", ".env\n", "notes\n"),)),
    "secret-in-env-of-the-image": Variant(
        "safe.image-secrets.web", (dockerfile("USER 1001\n", "USER 1001\nENV MAIL_PASSWORD=hunter2-of-the-post\n"),)
    ),
    "secret-removed-by-a-later-layer": Variant(
        "safe.image-secrets.web",
        (
            Change(".dockerignore", ".env\n", "notes\n"),
            dockerfile("USER 1001\n", "RUN rm .env\nUSER 1001\n"),
        ),
    ),
    "image-too-large": Variant("safe.image-size.web", (compose("image-size: 2GB", "image-size: 20MB"),)),
}  # fmt: skip
