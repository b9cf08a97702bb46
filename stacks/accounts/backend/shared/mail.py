"""Mails that services want sent: what they are, and how they get to the worker.

A mail has an id of its own. The worker sends the mail of an id once, however often it is asked to.
"""

import logging
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from uuid import uuid4

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

__all__ = ["TASK", "Kind", "Mail", "Post"]

TASK = "mail.send"
"""The name of the worker's task: the services know it by name alone."""
Kind = Literal["verify", "known", "reset", "changed", "locked"]
log = logging.getLogger("accounts.mail")


@dataclass(frozen=True)
class Mail:
    """`token` is the secret of the link in it, "" for none."""

    kind: Kind
    to: str
    name: str
    token: str = ""
    id: str = field(default_factory=lambda: uuid4().hex)

    def as_document(self) -> dict[str, Any]:
        return asdict(self)


class Post:
    """Hands mails to the broker."""

    def __init__(self, broker: str) -> None:
        self.celery = Celery("post", broker=broker)
        self.celery.conf.update(
            task_ignore_result=True,
            broker_connection_timeout=2,
            broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 4, "max_retries": 1},
            task_publish_retry=False,
        )

    def hand_over(self, mail: Mail) -> bool:
        """False when the broker is away. Blocks: to be called in a thread. What Flower and the logs show of it is only
        its kind and its id, since the link in it signs somebody in."""
        try:
            self.celery.send_task(
                TASK, kwargs={"mail": mail.as_document()}, argsrepr="()", kwargsrepr=f"{mail.kind} {mail.id}"
            )
        except (OperationalError, RedisError, OSError) as error:
            log.warning("mail %s is kept for later: %s", mail.id, type(error).__name__)
            return False
        return True
