"""Sessions and their messages. The root of the chain.

Revision ID: 798d96052738
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "798d96052738"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_sessions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(32), nullable=False, unique=True),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("chat_id", sa.BigInteger),
        sa.Column("title", sa.String(200), nullable=False, server_default=""),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
    )
    op.create_table(
        "chat_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Integer, sa.ForeignKey("chat_sessions.id", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False, server_default="complete"),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("external_id", sa.BigInteger),
        sa.Column("model", sa.String(100)),
        sa.Column("first_word_ms", sa.Integer),
        sa.Column("duration_ms", sa.Integer),
        sa.Column("tokens", sa.Integer),
        sa.UniqueConstraint("session_id", "external_id", name="uq_chat_messages_external_id"),
    )


def downgrade() -> None:
    op.drop_table("chat_messages")
    op.drop_table("chat_sessions")
