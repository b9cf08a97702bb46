"""Cursors: the place after which the next page begins. Stable while new photos arrive, unlike page numbers."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from app.errors import Refused


def encode(created_at: datetime, photo_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{created_at.isoformat()}|{photo_id}".encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[datetime, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        stamp, _, photo_id = base64.urlsafe_b64decode(padded).decode().partition("|")
        moment = datetime.fromisoformat(stamp)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment, UUID(photo_id)
    except (ValueError, binascii.Error):
        raise Refused(422, "invalid", "cursor: not one of ours") from None
