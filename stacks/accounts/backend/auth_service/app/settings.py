"""The settings of signing in."""

from functools import lru_cache

from backend.shared.config.settings import SharedSettings

__all__ = ["Settings", "get_settings"]

MINUTE, DAY = 60, 24 * 3600


class Settings(SharedSettings):
    access_token_seconds: int = 15 * MINUTE
    refresh_token_seconds: int = 30 * DAY
    refresh_leeway_seconds: int = 5
    """How long a refresh token that was just used may be shown again: a page closed before the answer came."""

    verify_token_seconds: int = 2 * DAY
    reset_token_seconds: int = 30 * MINUTE
    unverified_days: int = 7
    """When an account that was never verified is forgotten."""

    lock_after: int = 5
    """Wrong passwords, within lock_seconds, until an account is locked for as long."""
    lock_seconds: int = 15 * MINUTE
    mails_per_window: int = 5
    """Mails that an address may be sent by request, per window."""
    requests_per_window: int = 30
    """Requests that send mails, or wrong passwords, from one address, per window."""
    window_seconds: int = 15 * MINUTE


@lru_cache
def get_settings() -> Settings:
    return Settings.of_environment()
