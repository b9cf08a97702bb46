"""A mail is sent once, whatever happens."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from email import message_from_string
from email.policy import default

import pytest
from celery.exceptions import Retry

from backend.shared.mail import Mail
from tasks.ledger import ledger
from tasks.letters import WORDS, letter
from tasks.mail import LONGEST_PAUSE, for_good, pause, send
from tasks.settings import Settings
from tests.conftest import Server, mail


def test_sent_once_however_often_it_is_asked(server: Server) -> None:
    wanted = mail()
    assert send.apply(kwargs={"mail": wanted}).get() == "sent"
    assert send.apply(kwargs={"mail": wanted}).get() == "sent before"
    assert len(server.mails) == 1
    message = message_from_string(server.mails[0], policy=default)
    assert message["to"] == "ada@example.com"
    assert wanted["id"] in message["message-id"]
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "http://localhost:5173/verify#s3cret" in text


def test_one_of_many_who_ask_at_once_sends_it() -> None:
    found = ledger()
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda n: found.claim("m1", f"worker {n}"), range(8)))
    assert sorted(claims) == ["busy"] * 7 + ["mine"]


def test_a_worker_that_died_leaves_its_mail_to_another() -> None:
    found = ledger()
    assert found.claim("m2", "dead") == "mine"
    assert found.claim("m2", "other") == "busy"
    found.lease *= 0
    assert found.claim("m2", "other") == "mine"
    found.close("m2", "other", "sent")
    assert found.claim("m2", "third") == "sent"


def test_a_refusal_that_passes_is_tried_again(server: Server) -> None:
    wanted = mail()
    server.answer = "451 later"
    with pytest.raises(Retry):
        send.apply(kwargs={"mail": wanted}, throw=True).get()
    server.answer = "250 taken"
    assert send.apply(kwargs={"mail": wanted}, retries=1).get() == "sent"
    assert len(server.mails) == 1


def test_a_refusal_for_good_is_not(server: Server) -> None:
    server.answer = "554 no"
    assert send.apply(kwargs={"mail": mail()}).get() == "refused"
    assert for_good(smtplib.SMTPRecipientsRefused({"a": (550, b"no")}))
    assert not for_good(smtplib.SMTPRecipientsRefused({"a": (450, b"later")}))
    assert not for_good(ConnectionRefusedError())


def test_pauses_grow_and_end_before_the_broker_gives_the_task_away(settings: Settings) -> None:
    assert [pause(n) for n in range(4)] == [2, 4, 8, 16]
    assert pause(50) == LONGEST_PAUSE < settings.visibility_seconds
    assert settings.lease_seconds < settings.visibility_seconds


@pytest.mark.parametrize("kind", WORDS)
def test_nobody_writes_into_a_letter_by_their_name(kind: str) -> None:
    made = letter(Mail(kind, "a@example.com", "<b>Eve</b>", "t"), "A <a@example.com>", "https://x.example/")  # type: ignore[arg-type]
    page = made.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<b>Eve" not in page
    assert "&lt;b&gt;Eve" in page
    assert "https://x.example//" not in page
