"""The scheduled clean-up: every service cleans its own database, this one asks them to."""

import json
import logging
import urllib.request
from collections.abc import Mapping
from typing import Any

from celery import Task

from backend.shared.security import service_token
from tasks import app
from tasks.ledger import ledger
from tasks.settings import get_settings

__all__ = ["clean_up"]

log = logging.getLogger("accounts.worker.cleaning")
TIMEOUT = 60
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@app.task(name="cleaning.clean_up", bind=True, max_retries=3)
def clean_up(self: Task) -> Mapping[str, Any]:
    """Safe to run twice, and at once with itself: what is gone is gone. Says how many of what went."""
    settings = get_settings()
    token = service_token(settings.jwt_secret_key.get_secret_value(), "celery_worker")
    try:
        gone = {**asked(settings.auth_service_url, token), **asked(settings.user_service_url, token)}
        gone["mails"] = ledger().forget(settings.ledger_days)
    except OSError as error:
        log.warning("clean-up: %s; again in a minute", error)
        raise self.retry(countdown=60, exc=error) from error
    log.info("cleaned up: %s", ", ".join(f"{count} {name}" for name, count in gone.items()))
    return gone


def asked(url: str, token: str) -> dict[str, int]:
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{url}/internal/clean-up", b"", headers, method="POST")
    with opener.open(request, timeout=TIMEOUT) as answer:
        found: dict[str, int] = json.load(answer)
        return found
