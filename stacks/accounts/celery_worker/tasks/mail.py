"""Sending mails."""

import logging
import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from celery import Task
from celery.exceptions import MaxRetriesExceededError
from pymongo.errors import PyMongoError

from backend.shared.mail import TASK, Mail
from tasks import app
from tasks.ledger import ledger
from tasks.letters import letter
from tasks.settings import Settings, get_settings

__all__ = ["send"]

log = logging.getLogger("accounts.worker.mail")
MOST_TRIES = 60
LONGEST_PAUSE = 120


def pause(tries: int) -> int:
    """Seconds until the next try: 2, 4, 8 … two minutes; less than visibility_seconds, or the broker would hand the task
    to a second worker meanwhile."""
    return int(min(LONGEST_PAUSE, 2 ** (tries + 1)))


@app.task(name=TASK, bind=True, ignore_result=True, max_retries=MOST_TRIES)
def send(self: Task, mail: Mapping[str, Any]) -> str:
    """Send one mail, once. What may pass by itself is tried again; what the mail server refuses for good is not."""
    wanted, settings = Mail(**mail), get_settings()
    attempt = f"{self.request.id}:{self.request.retries}"
    try:
        claimed = ledger().claim(wanted.id, attempt)
        if claimed == "sent":
            log.info("mail %s was sent before", wanted.id)
            return "sent before"
        if claimed == "busy":
            raise self.retry(countdown=settings.lease_seconds)
        try:
            deliver(letter(wanted, settings.mail_from, settings.public_url), settings)
        except (smtplib.SMTPException, OSError) as error:
            ledger().close(wanted.id, attempt, "given up")
            if for_good(error):
                log.error("mail %s is refused for good: %s", wanted.id, type(error).__name__)
                return "refused"
            log.warning("mail %s: %s; again in %d s", wanted.id, type(error).__name__, pause(self.request.retries))
            raise self.retry(countdown=pause(self.request.retries), exc=error) from error
        ledger().close(wanted.id, attempt, "sent")
    except PyMongoError as error:
        raise self.retry(countdown=pause(self.request.retries), exc=error) from error
    except MaxRetriesExceededError:
        log.error("mail %s is given up", wanted.id)
        return "given up"
    log.info("mail %s (%s) is sent", wanted.id, wanted.kind)
    return "sent"


def for_good(error: Exception) -> bool:
    """A refusal by 5xx of this mail: asking again would change nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused) and error.smtp_code >= 500


def deliver(message: EmailMessage, settings: Settings) -> None:
    kind = smtplib.SMTP_SSL if settings.smtp_security == "tls" else smtplib.SMTP
    with kind(settings.smtp_host, settings.smtp_port, timeout=settings.smtp_seconds) as server:
        if settings.smtp_security == "starttls":
            server.starttls()
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)
