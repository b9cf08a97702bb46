"""The worker's settings: where the services and the mail server are."""

from functools import lru_cache
from typing import Literal

from pydantic import SecretStr

from backend.shared.config.settings import SharedSettings

__all__ = ["Settings", "get_settings"]


class Settings(SharedSettings):
    smtp_host: str = "mail"
    smtp_port: int = 1025
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_seconds: float = 30
    """How long one step of a conversation with the mail server may take."""
    mail_from: str = "Accounts <accounts@localhost>"
    public_url: str = "http://localhost:5173"
    """Where people open the pages; links in mails begin with it."""

    auth_service_url: str = "http://auth_service:8000"
    user_service_url: str = "http://user_service:8000"
    clean_up_seconds: float = 3600
    lease_seconds: int = 120
    """How long a mail that a worker began to send is left to it before another may begin anew."""
    visibility_seconds: int = 300
    """When the broker gives a task that was never acknowledged to another worker."""
    ledger_days: int = 30


@lru_cache
def get_settings() -> Settings:
    return Settings.of_environment()
