"""A file whose time says when Telegram last answered the bot: what its health check looks at, and the dashboard."""

import time
from pathlib import Path

NAME = "bot.alive"
FRESH_SECONDS = 90
"""A long poll lasts a third of this. devops/check-bot.sh has the same number."""


def seconds_since(folder: Path) -> float | None:
    """Since Telegram last answered the bot; None when it never did, or when the bot has ended as it should."""
    try:
        return max(0.0, time.time() - (folder / NAME).stat().st_mtime)
    except OSError:
        return None
