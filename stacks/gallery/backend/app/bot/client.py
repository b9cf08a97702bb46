"""The messenger's API, as far as the bot needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2

from app.errors import Refused
from app.settings import Settings
from app.tokens import derive

SECONDS = 15.0
CHUNK = 256 * 1024
SECRET_HEADER = "X-Max-Bot-Api-Secret"  # noqa: S105  (a header's name)


class MessengerError(Exception):
    """The messenger did not do what it was asked; it may another time."""


def webhook_secret(settings: Settings) -> str:
    """What the messenger must show with every update. Made from SECRET_KEY: one secret less to keep."""
    return derive(settings.secret_key.get_secret_value(), "max-webhook").hex()


class Messenger:
    """Calls to the Bot API. The token goes in a header, so it is in no address and no log."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        address = self.settings.max_api_url.rstrip("/") + path
        headers = {"Authorization": self.settings.bot_token.get_secret_value()}
        try:
            response = httpx2.request(method, address, headers=headers, timeout=SECONDS, **options)
        except httpx2.HTTPError as error:
            raise MessengerError(f"the messenger does not answer: {type(error).__name__}") from None
        if response.is_error:
            raise MessengerError(f"the messenger answered {response.status_code} to {method} {path}")
        return dict(response.json())

    def send(self, user_id: int, text: str) -> None:
        self._call("POST", "/messages", params={"user_id": user_id}, json={"text": text})

    def subscribe(self, url: str) -> None:
        body = {"url": url, "update_types": ["bot_started", "message_created"], "secret": webhook_secret(self.settings)}
        if not self._call("POST", "/subscriptions", json=body).get("success"):
            raise MessengerError("the messenger refused the webhook address")

    def is_allowed(self, url: str) -> bool:
        """Only the messenger's own picture servers are fetched from, never a machine of our network."""
        parts = urlsplit(url)
        api = urlsplit(self.settings.max_api_url)
        if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and any(
            host == h or host.endswith(f".{h}") for h in self.settings.max_media_hosts
        )

    @contextmanager
    def picture(self, url: str) -> Iterator[Iterator[bytes]]:
        """The content of a photo, piece by piece. Redirects are not followed: they could lead anywhere."""
        if not self.is_allowed(url):
            raise Refused(403, "host_not_allowed", f"photos are not fetched from {urlsplit(url).hostname}")
        try:
            with httpx2.stream("GET", url, timeout=SECONDS) as response:
                if response.status_code != 200:
                    raise MessengerError(f"a photo could not be fetched: {response.status_code}")
                yield response.iter_bytes(CHUNK)
        except httpx2.HTTPError as error:
            raise MessengerError(f"a photo could not be fetched: {type(error).__name__}") from None
