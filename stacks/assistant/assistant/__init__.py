"""A Telegram assistant with a dashboard: what the bot and the API share."""

VERSION = "1.0.0"
