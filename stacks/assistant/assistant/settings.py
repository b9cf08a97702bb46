"""Everything the environment decides, read once and checked before anything starts."""

import sys
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS = Path("/run/secrets")
SHORTEST_KEY = 32  # characters: below this a signature's key is weaker than its digest
HOME = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings by environment variable; a file of the same name in /run/secrets serves too."""

    model_config = SettingsConfigDict(secrets_dir=SECRETS if SECRETS.is_dir() else None, env_ignore_empty=True)

    bot_token: SecretStr = SecretStr("")
    telegram_api_url: str = "https://api.telegram.org"

    llm_base_url: str = ""
    """Address of an OpenAI-compatible service (`http://host:11434/v1`); empty: the assistant is offline."""
    llm_api_key: SecretStr = SecretStr("")
    llm_model: str = "gpt-4o-mini"
    llm_silence_seconds: float = Field(default=60, gt=0)
    """How long the language model may say nothing, before its first word and between two."""
    history_limit: int = Field(default=20, ge=1, le=200)
    """How many messages of a dialogue the language model is shown."""

    database: Path = HOME / "data" / "assistant.db"
    prompts: Path = HOME / "prompts"
    logs: Path | None = HOME / "logs"

    dashboard_password: SecretStr = SecretStr("")
    """What opens the dashboard; empty: it is open to whoever reaches it."""
    secret_key: SecretStr = SecretStr("")
    """Signs the cookie of those who are signed in. Needed with a password."""

    debug: bool = False
    log_level: str = "INFO"

    @field_validator("telegram_api_url", "llm_base_url")
    @classmethod
    def is_an_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def password_has_a_key(self) -> "Settings":
        if self.dashboard_password.get_secret_value() and len(self.secret_key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(
                f"DASHBOARD_PASSWORD needs a SECRET_KEY of at least {SHORTEST_KEY} characters: openssl rand -hex 32"
            )
        return self

    def secrets(self) -> list[str]:
        """The values that must never be seen in a log."""
        held = (self.bot_token, self.llm_api_key, self.dashboard_password, self.secret_key)
        return [value.get_secret_value() for value in held if value.get_secret_value()]


def from_environment() -> Settings:
    """Settings that are wrong end the process with a line each, not a traceback; their values are not shown."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"]).upper() or "settings"
            print(f"{where}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        sys.exit(1)
