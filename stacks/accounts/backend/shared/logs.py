"""Logs: a line an event, on standard output, never with a secret in it."""

import logging
import logging.config
import re

__all__ = ["set_up"]

SECRETS = re.compile(r"(mongodb(?:\+srv)?://[^:@/\s]+:|redis://[^:@/\s]*:)[^@\s]+@")


class WithoutSecrets(logging.Formatter):
    """Passwords in addresses are left out, wherever an address appears."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRETS.sub(r"\1***@", super().format(record))


def set_up(level: str) -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {"()": WithoutSecrets, "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
            },
            "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
            "root": {"level": level.upper(), "handlers": ["out"]},
            # httpx tells every request, pymongo every command at DEBUG.
            "loggers": {name: {"level": "WARNING"} for name in ("httpx", "pymongo", "uvicorn.access", "watchfiles")},
        }
    )
