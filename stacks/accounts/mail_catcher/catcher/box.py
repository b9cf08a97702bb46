"""The mails that were caught, the newest first; the oldest go when there are too many. In memory: it is for development."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any
from uuid import uuid4

__all__ = ["Box", "Caught"]

MOST = 200


@dataclass(frozen=True)
class Caught:
    id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    message_id: str
    text: str
    html: str

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "at": self.at.isoformat(), "to": list(self.to)}


class Box:
    """`delay`: seconds that the server takes to accept a mail, to see what a slow one does. For mail to slow-N@… it is N,
    whatever it is for others."""

    def __init__(self) -> None:
        self.mails: list[Caught] = []
        self.delay = 0.0

    async def take(self, sender: str, to: list[str], content: bytes) -> None:
        await asyncio.sleep(max([self.delay, *map(slowness, to)]))
        message = BytesParser(policy=default).parsebytes(content)
        caught = Caught(
            uuid4().hex[:12],
            datetime.now(UTC),
            str(message["from"] or sender),
            tuple(to),
            str(message["subject"] or "(no subject)"),
            str(message["message-id"] or ""),
            part(message, "plain"),
            part(message, "html"),
        )
        self.mails = [caught, *self.mails][:MOST]

    def of(self, to: str) -> list[Caught]:
        return [mail for mail in self.mails if not to or to.lower() in (address.lower() for address in mail.to)]

    def mail(self, mail_id: str) -> Caught | None:
        return next((mail for mail in self.mails if mail.id == mail_id), None)


def slowness(address: str) -> float:
    """Seconds that mail to this address takes by its name."""
    match = re.match(r"slow-(\d{1,2})@", address)
    return min(60.0, float(match[1])) if match else 0.0


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""
