"""Indexes for what is asked most: a chat's open session, a session's messages, the latest of both.

Revision ID: optimize_001
Revises: 0f7d5dc69d1f
"""

from alembic import op

revision = "optimize_001"
down_revision = "0f7d5dc69d1f"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_chat_sessions_chat", "chat_sessions", ["source", "chat_id"]),
    ("ix_chat_sessions_updated_at", "chat_sessions", ["updated_at"]),
    ("ix_chat_messages_session", "chat_messages", ["session_id", "id"]),
    ("ix_chat_messages_created_at", "chat_messages", ["created_at"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
