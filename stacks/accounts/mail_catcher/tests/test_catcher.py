"""What is sent is shown."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from starlette.testclient import TestClient

from catcher.app import catcher
from catcher.box import slowness


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(catcher(0)) as found:
        yield found


def send(client: TestClient, subject: str, page: str = "") -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@example.com", "Ada <ada@example.com>"
    message.set_content("hello")
    if page:
        message.add_alternative(page, subtype="html")
    with smtplib.SMTP("127.0.0.1", client.app.state.smtp_port, timeout=5) as server:
        server.send_message(message)


def test_a_mail_is_taken_listed_and_shown(client: TestClient) -> None:
    assert "No mail yet" in client.get("/").text
    send(client, "Grüße", "<p>hello <a href='https://x.example/#t'>there</a></p>")
    [mail] = client.get("/api/mails", params={"to": "ADA@example.com"}).json()
    assert (mail["subject"], mail["to"], mail["text"]) == ("Grüße", ["ada@example.com"], "hello\n")
    assert client.get("/api/mails", params={"to": "eve@example.com"}).json() == []
    assert "Grüße" in client.get("/").text
    assert "https://x.example/#t" in client.get(f"/mails/{mail['id']}").text
    assert client.get("/mails/gone").status_code == 404


def test_a_mail_may_do_nothing_on_the_page(client: TestClient) -> None:
    send(client, "<script>alert(1)</script>", "<script>alert(2)</script>\"'>")
    [mail] = client.get("/api/mails").json()
    shown = client.get(f"/mails/{mail['id']}").text + client.get("/").text
    assert "<script>alert" not in shown
    assert 'sandbox="allow-popups' in shown


def test_a_slow_server_and_an_empty_box(client: TestClient) -> None:
    import time

    assert client.put("/api/delay", json={"seconds": 0.3}).json() == {"seconds": 0.3}
    began = time.monotonic()
    send(client, "slow")
    assert time.monotonic() - began >= 0.3
    assert client.delete("/api/mails").status_code == 204
    assert client.get("/api/mails").json() == []
    assert client.get("/health").text == "ok\n"


def test_addresses_that_are_slow_by_their_name() -> None:
    assert list(map(slowness, ("slow-3@example.com", "slow-99@example.com", "ada@example.com"))) == [3, 60, 0]
