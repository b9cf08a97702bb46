"""Logs: one line per event to stdout, warnings and worse also to error.log, no secret in either."""

import logging
import re
import sys
from logging.handlers import WatchedFileHandler
from pathlib import Path

from app.settings import Settings

LINE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
QUIET = {
    "httpx2": logging.WARNING,
    "httpcore2": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,
    "PIL": logging.INFO,
}


# PostgreSQL quotes the whole row that broke a constraint.
ROW_IN_ERROR = re.compile(r"(DETAIL:).*")


class HideSecrets(logging.Formatter):
    """Replaces the configured secrets wherever they turn up, tracebacks included, and rows quoted in errors."""

    def __init__(self, fmt: str, secrets: list[str]) -> None:
        super().__init__(fmt)
        self.secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = ROW_IN_ERROR.sub(r"\1 (hidden)", super().format(record))
        for secret in self.secrets:
            line = line.replace(secret, "***")
        return line


def error_file(path: Path) -> logging.Handler | None:
    """The handler for error.log, or None when this user may not write it (stdout still has everything)."""
    try:
        handler = WatchedFileHandler(path, delay=False)
    except OSError as error:
        logging.getLogger("gallery").warning(
            "%s cannot be written (%s): errors go to the container's log only; allow it with chmod a+w",
            path,
            error.strerror,
        )
        return None
    handler.setLevel(logging.WARNING)
    return handler


def configure(settings: Settings) -> None:
    """Take over the root logger. uvicorn's own access log is off: it would print signed addresses."""
    formatter = HideSecrets(LINE, settings.secrets())
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if settings.debug else settings.log_level.upper())
    stdout = logging.StreamHandler(sys.stdout)
    stdout.setFormatter(formatter)
    root.handlers[:] = [stdout]
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
    if settings.error_log and (handler := error_file(settings.error_log)):
        handler.setFormatter(formatter)
        root.addHandler(handler)
