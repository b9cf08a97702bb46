"""Logs: one line per event to stdout and to a file that is rotated, no secret in either."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from assistant.settings import Settings

LINE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
FILE_BYTES, FILES_KEPT = 5_000_000, 3
# What our own lines say better.
QUIET = {"uvicorn.access": logging.CRITICAL, "aiogram.event": logging.WARNING}


class HideSecrets(logging.Formatter):
    """Replaces the configured secrets wherever they turn up, addresses and tracebacks included."""

    def __init__(self, fmt: str, secrets: list[str]) -> None:
        super().__init__(fmt)
        self.secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self.secrets:
            line = line.replace(secret, "***")
        return line


def configure(settings: Settings, name: str) -> None:
    """Take over the root logger. The file is `name`.log in the folder of logs; each process has its own."""
    formatter = HideSecrets(LINE, settings.secrets())
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if settings.debug and settings.log_level == "DEBUG" else settings.log_level.upper())
    root.handlers[:] = [logging.StreamHandler(sys.stdout)]
    if settings.logs and (handler := log_file(settings.logs / f"{name}.log")):
        root.addHandler(handler)
    for handler in root.handlers:
        handler.setFormatter(formatter)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for noisy, level in QUIET.items():
        logging.getLogger(noisy).setLevel(level)


def log_file(path: Path) -> logging.Handler | None:
    """None when this user may not write there: stdout still has everything."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    except OSError as error:
        logging.getLogger("assistant").warning("%s cannot be written (%s): logs go to stdout only", path, error.strerror)
        return None
