"""The tables. Times are whole milliseconds since 1970, in UTC."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("telegram_id", BigInteger, nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("username", String(64)),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
)

chat_sessions = Table(
    "chat_sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    # What it is called outside: not to be guessed.
    Column("key", String(32), nullable=False, unique=True),
    Column("source", String(16), nullable=False),  # telegram, web
    Column("chat_id", BigInteger),  # Telegram's
    Column("title", String(200), nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("user_id", Integer, ForeignKey("users.id")),
    Index("ix_chat_sessions_chat", "source", "chat_id"),
    Index("ix_chat_sessions_updated_at", "updated_at"),
)

chat_messages = Table(
    "chat_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, ForeignKey("chat_sessions.id", ondelete="CASCADE"), nullable=False),
    Column("role", String(16), nullable=False),  # user, assistant
    Column("content", Text, nullable=False),
    # complete; of an answer also: offline (no language model), failed (it did not answer), stopped (nobody waited).
    Column("status", String(16), nullable=False, server_default="complete"),
    Column("created_at", BigInteger, nullable=False),
    # Telegram's number of the message: one that is delivered twice is kept once.
    Column("external_id", BigInteger),
    Column("model", String(100)),
    Column("first_word_ms", Integer),
    Column("duration_ms", Integer),
    Column("tokens", Integer),
    UniqueConstraint("session_id", "external_id", name="uq_chat_messages_external_id"),
    Index("ix_chat_messages_session", "session_id", "id"),
    Index("ix_chat_messages_created_at", "created_at"),
)
