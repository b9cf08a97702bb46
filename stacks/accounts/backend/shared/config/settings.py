"""What the environment decides for every service, read once and checked before anything starts."""

from pathlib import Path
from typing import Self

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["SharedSettings"]

SHORTEST_KEY = 32
"""Characters; below this an HS256 key is weaker than its digest."""
FEWEST_DIFFERENT = 10
"""Different characters in a key; a generated one has more, `changeme…changeme` has not."""
HOW = "make one with: openssl rand -hex 32"


class SharedSettings(BaseSettings):
    """Settings by environment variable; a file of the same name in /run/secrets serves too."""

    model_config = SettingsConfigDict(secrets_dir="/run/secrets" if Path("/run/secrets").is_dir() else None)

    mongo_uri: SecretStr
    """With the name of the database: mongodb://mongo:27017/user_db"""
    redis_url: SecretStr
    jwt_secret_key: SecretStr
    log_level: str = "INFO"
    debug: bool = False

    @field_validator("jwt_secret_key")
    @classmethod
    def generated(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_DIFFERENT:
            raise ValueError(f"must be generated, and have at least {SHORTEST_KEY} characters; {HOW}")
        return value

    @classmethod
    def of_environment(cls) -> Self:
        return cls()
