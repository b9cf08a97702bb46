"""The Telegram bot."""

from assistant.bot import quick  # noqa: F401  (before aiogram)
