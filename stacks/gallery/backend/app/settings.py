"""Everything the environment decides, read once and checked before anything starts."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIB = 1024 * 1024
SHORTEST_KEY = 32  # characters: below this an HS256 key is weaker than its digest


class Settings(BaseSettings):
    """Settings by environment variable; a file of the same name in /run/secrets serves too."""

    model_config = SettingsConfigDict(secrets_dir="/run/secrets" if Path("/run/secrets").is_dir() else None)

    database_url: SecretStr
    secret_key: SecretStr
    refresh_secret_key: SecretStr
    bot_token: SecretStr = SecretStr("")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    public_url: str = "http://localhost"
    """Where people open the gallery; login links of the bot begin with it."""
    max_api_url: str = "https://platform-api2.max.ru"
    max_media_hosts: Annotated[tuple[str, ...], NoDecode] = ("oneme.ru", "okcdn.ru", "mycdn.me", "max.ru")
    """Hosts (and all below them) the bot may fetch photos from."""
    trusted_proxy: str = "frontend"
    """Host name of the proxy whose X-Real-IP and X-Forwarded-Proto are believed."""

    upload_dir: Path = Path("/app/uploads")
    error_log: Path | None = Path("/app/error.log")
    debug: bool = False
    log_level: str = "INFO"

    access_token_seconds: int = 15 * 60
    refresh_token_seconds: int = 30 * 24 * 3600
    refresh_leeway_seconds: int = 5
    """How long a refresh token that was just used may be shown again: a page closed before the answer came."""
    login_link_seconds: int = 10 * 60

    max_file_bytes: int = 25 * MIB
    max_request_bytes: int = 100 * MIB
    max_files: int = 20
    max_pixels: int = 50_000_000
    worker_threads: int = Field(default=2, ge=0, le=8)

    @field_validator("cors_origins", "max_media_hosts", mode="before")
    @classmethod
    def split_list(cls, value: object) -> object:
        """`a, b` is a list of two."""
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("secret_key", "refresh_secret_key")
    @classmethod
    def long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"must have at least {SHORTEST_KEY} characters; make one with: openssl rand -hex 32")
        return value

    @model_validator(mode="after")
    def keys_differ(self) -> "Settings":
        if self.secret_key.get_secret_value() == self.refresh_secret_key.get_secret_value():
            raise ValueError("SECRET_KEY and REFRESH_SECRET_KEY must differ")
        return self

    @property
    def sqlalchemy_url(self) -> str:
        """DATABASE_URL with the driver named; `postgres://` and `postgresql://` are both accepted."""
        url = self.database_url.get_secret_value()
        scheme, _, rest = url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url

    def secrets(self) -> list[str]:
        """The values that must never be seen in a log."""
        held = (self.database_url, self.secret_key, self.refresh_secret_key, self.bot_token)
        return [value.get_secret_value() for value in held if value.get_secret_value()]


@lru_cache
def get_settings() -> Settings:
    return Settings()  # type: ignore[call-arg]  # the values come from the environment
