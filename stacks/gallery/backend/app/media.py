"""Addresses of pictures. An <img> sends no Authorization header, so the address itself is the permission:
signed, for one picture and size, good until the end of the next day (UTC), and the same all day for the cache."""

import hashlib
import hmac
import time
from uuid import UUID

from app.errors import Refused
from app.images import THUMBNAILS
from app.settings import Settings
from app.tokens import derive

DAY = 24 * 3600
VARIANTS = (*THUMBNAILS, "original")


def _signature(settings: Settings, photo_id: UUID, variant: str, expires: int) -> str:
    key = derive(settings.secret_key.get_secret_value(), "media")
    return hmac.new(key, f"{photo_id}/{variant}/{expires}".encode(), hashlib.sha256).hexdigest()[:32]


def sign(settings: Settings, photo_id: UUID, variant: str, now: float | None = None) -> str:
    expires = (int(now or time.time()) // DAY + 2) * DAY
    return f"/api/media/{photo_id}/{variant}?e={expires}&s={_signature(settings, photo_id, variant, expires)}"


def check(settings: Settings, photo_id: UUID, variant: str, expires: int, signature: str) -> None:
    """Refused(403) unless the address was made by us and is not over."""
    genuine = hmac.compare_digest(_signature(settings, photo_id, variant, expires), signature)
    if variant not in VARIANTS or not genuine or expires < time.time():
        raise Refused(403, "address_invalid", "this address of a picture is not valid or has expired")
