"""The settings of people's profiles."""

from functools import lru_cache

from backend.shared.config.settings import SharedSettings

__all__ = ["Settings", "get_settings"]

MIB = 1024 * 1024


class Settings(SharedSettings):
    avatar_bytes: int = 5 * MIB
    avatar_pixels: int = 40_000_000
    page: int = 24
    """People on a page of a search."""
    orphan_hours: int = 1
    """How old a picture must be that no profile shows before it is deleted: a profile may be about to show it."""


@lru_cache
def get_settings() -> Settings:
    return Settings.of_environment()
