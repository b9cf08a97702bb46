"""People, and whose a session is.

Revision ID: 0f7d5dc69d1f
Revises: 798d96052738
"""

import sqlalchemy as sa
from alembic import op

revision = "0f7d5dc69d1f"
down_revision = "798d96052738"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("telegram_id", sa.BigInteger, nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("username", sa.String(64)),
        sa.Column("first_seen_at", sa.BigInteger, nullable=False),
        sa.Column("last_seen_at", sa.BigInteger, nullable=False),
    )
    with op.batch_alter_table("chat_sessions") as table:
        table.add_column(sa.Column("user_id", sa.Integer))
        table.create_foreign_key("fk_chat_sessions_user_id", "users", ["user_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("chat_sessions") as table:
        table.drop_constraint("fk_chat_sessions_user_id", type_="foreignkey")
        table.drop_column("user_id")
    op.drop_table("users")
