"""The bot, against a stand-in of the messenger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from app import jobs
from app.application import create_app
from app.bot import subscribe
from app.bot.client import SECRET_HEADER, webhook_secret
from app.bot.client import Messenger as Client
from app.bot.updates import parse
from app.settings import Settings
from tests.conftest import Member, until
from tests.messenger import Messenger
from tests.pictures import jpeg, zip_file

HOOK = "/api/bot/webhook"
VERA = {"user_id": 7001, "first_name": "Vera", "last_name": "", "is_bot": False, "name": "Vera"}


@pytest.fixture
def messenger() -> Iterator[Messenger]:
    made = Messenger()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def settings(settings: Settings, messenger: Messenger) -> Settings:
    return settings.model_copy(update={"max_api_url": messenger.url})


@pytest.fixture
def deliver(http: TestClient, settings: Settings) -> Any:
    """The messenger calls the webhook."""

    def call(update: dict[str, Any]) -> None:
        response = http.post(HOOK, json=update, headers={SECRET_HEADER: webhook_secret(settings)})
        assert response.status_code == 200, response.text

    return call


def message(text: str = "", *pictures: str, mid: str = "mid.1", **sender: Any) -> dict[str, Any]:
    attachments = [{"type": "image", "payload": {"url": url, "photo_id": 1, "token": "t"}} for url in pictures]
    return {
        "update_type": "message_created",
        "timestamp": 1_770_000_000_000,
        "message": {
            "sender": VERA | sender,
            "recipient": {"chat_id": 1, "chat_type": "dialog", "user_id": 1},
            "body": {"mid": mid, "seq": 1, "text": text, "attachments": attachments},
        },
    }


def link_sent(messenger: Messenger) -> str:
    text = until(lambda: messenger.sent and messenger.sent[-1])["text"]
    return str(text.split("http://gallery.test/login/max#")[1])


def sign_in(http: TestClient, token: str) -> Member:
    response = http.post("/api/auth/link", json={"token": token})
    assert response.status_code == 200, response.text
    return Member(http, "vera", response.json()["access_token"])


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), ({SECRET_HEADER: "guess"}, 403), ({SECRET_HEADER: "é"}, 403)]
)
def test_a_webhook_without_the_secret(
    http: TestClient, messenger: Messenger, headers: dict[str, str], status: int, sql_shell: psycopg.Connection
) -> None:
    raw = {name: value.encode() for name, value in headers.items()}
    assert http.post(HOOK, json=message("/start"), headers=raw).status_code == status  # type: ignore[arg-type]
    assert sql_shell.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_without_a_token_there_is_no_bot(settings: Settings) -> None:
    silent = settings.model_copy(update={"bot_token": type(settings.bot_token)("")})
    with TestClient(create_app(silent)) as http:
        assert http.post(HOOK, json=message("/start")).status_code == 404


@pytest.mark.parametrize("update", ["start button", "/start"])
def test_start_gives_a_link_that_works_once(http: TestClient, messenger: Messenger, deliver: Any, update: str) -> None:
    pressed = {"update_type": "bot_started", "timestamp": 1, "chat_id": 1, "user": VERA}
    deliver(pressed if update == "start button" else message("/start"))
    token = link_sent(messenger)
    assert messenger.sent[-1]["to"] == VERA["user_id"]
    assert messenger.tokens == {"bot-token-of-the-tests"}
    assert sign_in(http, token).get("/api/auth/me")["display_name"] == "Vera"
    again = http.post("/api/auth/link", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (401, "link_invalid")


def test_an_expired_link(http: TestClient, messenger: Messenger, deliver: Any, sql_shell: psycopg.Connection) -> None:
    deliver(message("/start"))
    token = link_sent(messenger)
    sql_shell.execute("UPDATE login_links SET expires_at = now()")
    assert http.post("/api/auth/link", json={"token": token}).status_code == 401


def test_links_cannot_be_guessed_for_long(http: TestClient, deliver: Any) -> None:
    answers = [http.post("/api/auth/link", json={"token": f"guess-{n}"}).status_code for n in range(12)]
    assert answers == [401] * 10 + [429] * 2


def test_a_photo_lands_in_the_senders_album(http: TestClient, messenger: Messenger, deliver: Any) -> None:
    messenger.pictures["/photo.jpg"] = jpeg()
    deliver(message("Our garden", f"{messenger.url}/photo.jpg"))
    until(lambda: messenger.sent)
    assert messenger.sent[0]["text"] == "1 photo saved to “From MAX”."
    deliver(message("/start", mid="mid.2"))
    until(lambda: len(messenger.sent) == 2)
    vera = sign_in(http, link_sent(messenger))
    photo = vera.get("/api/photos")["items"][0]
    assert (photo["title"], photo["album_title"]) == ("Our garden", "From MAX")
    assert vera.settled(photo["id"])["status"] == "ready"


def test_what_was_sent_stays_private(messenger: Messenger, deliver: Any, ann: Member) -> None:
    messenger.pictures["/photo.jpg"] = jpeg()
    deliver(message("", f"{messenger.url}/photo.jpg"))
    until(lambda: messenger.sent)
    assert ann.get("/api/photos")["items"] == []


def test_an_update_delivered_twice_counts_once(
    messenger: Messenger, deliver: Any, sql_shell: psycopg.Connection
) -> None:
    messenger.pictures["/photo.jpg"] = jpeg()
    for _ in range(2):
        deliver(message("", f"{messenger.url}/photo.jpg"))
    until(lambda: messenger.sent and sql_shell.execute("SELECT count(*) FROM jobs").fetchone() == (0,))
    assert sql_shell.execute("SELECT count(*) FROM photos").fetchone() == (1,)
    assert len(messenger.sent) == 1


def test_a_messenger_that_fails_is_asked_again(
    messenger: Messenger, deliver: Any, sql_shell: psycopg.Connection
) -> None:
    messenger.pictures["/photo.jpg"] = jpeg()
    messenger.fail = 1
    deliver(message("", f"{messenger.url}/photo.jpg"))
    until(lambda: sql_shell.execute("SELECT 1 FROM jobs WHERE last_error LIKE 'MessengerError%%'").fetchone())
    sql_shell.execute("UPDATE jobs SET run_at = now()")
    jobs.wake.set()
    until(lambda: messenger.sent)
    assert sql_shell.execute("SELECT count(*) FROM photos").fetchone() == (1,), "the photo is kept once"


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        ("/zip.jpg", "is not a JPEG, PNG or WebP picture"),
        ("http://10.0.0.1/x.jpg", "photos are not fetched from 10.0.0.1"),
    ],
)
def test_a_photo_that_is_refused_is_explained(messenger: Messenger, deliver: Any, path: str, reply: str) -> None:
    messenger.pictures["/zip.jpg"] = zip_file()
    deliver(message("", path if path.startswith("http") else messenger.url + path))
    assert reply in until(lambda: messenger.sent)[0]["text"]


def test_redirects_of_pictures_are_not_followed(
    messenger: Messenger, deliver: Any, sql_shell: psycopg.Connection
) -> None:
    messenger.pictures["/photo.jpg"] = jpeg()
    deliver(message("", f"{messenger.url}/elsewhere"))
    until(lambda: sql_shell.execute("SELECT 1 FROM jobs WHERE last_error LIKE '%%302%%'").fetchone())


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://i.oneme.ru/i?r=x", True),
        ("https://oneme.ru/i", True),
        ("http://i.oneme.ru/i", False),
        ("https://oneme.ru.evil.example/i", False),
        ("https://evil-oneme.ru/i", False),
        ("https://oneme.ru@evil.example/i", False),
        ("file:///etc/passwd", False),
        ("http://127.0.0.1:8000/health", False),
    ],
)
def test_where_photos_may_come_from(settings: Settings, url: str, allowed: bool) -> None:
    assert Client(settings.model_copy(update={"max_api_url": "https://api.max.test"})).is_allowed(url) is allowed


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"update_type": "message_created"},
        {"update_type": "message_created", "message": None},
        {"update_type": "user_added", "user": VERA},
        {"update_type": "bot_started", "timestamp": "soon", "user": VERA},
        message("hi", is_bot=True),
        message() | {"message": message()["message"] | {"recipient": {"chat_type": "chat"}}},
    ],
)
def test_what_the_bot_has_no_business_with(raw: dict[str, Any]) -> None:
    assert parse(raw) is None


def test_a_broken_body(http: TestClient, settings: Settings) -> None:
    secret = {SECRET_HEADER: webhook_secret(settings)}
    assert http.post(HOOK, content=b"{not json", headers=secret).status_code == 400
    assert http.post(HOOK, json=["a", "list"], headers=secret).status_code == 200


def test_other_words_get_help(messenger: Messenger, deliver: Any) -> None:
    deliver(message("hello"))
    assert "Send me a photo" in until(lambda: messenger.sent)[0]["text"]


def test_subscribing_hands_over_the_secret(
    settings: Settings, messenger: Messenger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    public = settings.model_copy(update={"public_url": "https://gallery.example/"})
    monkeypatch.setattr(subscribe, "get_settings", lambda: public)
    assert subscribe.main() == 0
    assert messenger.subscriptions[0]["url"] == "https://gallery.example/api/bot/webhook"
    assert messenger.subscriptions[0]["secret"] == webhook_secret(settings)
    assert webhook_secret(settings) not in capsys.readouterr().out
    monkeypatch.setattr(subscribe, "get_settings", lambda: settings)
    assert subscribe.main() == 2
