"""Whose word about the client's address is taken."""

from fastapi.testclient import TestClient

from app.application import create_app
from app.clients import TrustedProxy
from app.settings import Settings
from tests.conftest import PASSWORD, join

FORWARDED = {"X-Real-IP": "203.0.113.7", "X-Forwarded-Proto": "https"}
LOGIN = {"username": "ann", "password": PASSWORD}


def client(settings: Settings, trusted: str) -> TestClient:
    app = create_app(settings.model_copy(update={"trusted_proxy": trusted}))
    return TestClient(app, client=("127.0.0.1", 50000))


def test_the_proxys_word_counts(settings: Settings) -> None:
    with client(settings, "localhost") as http:
        join(http, "ann")
        assert "Secure" in http.post("/api/auth/login", json=LOGIN, headers=FORWARDED).headers["set-cookie"]
        for _ in range(5):
            http.post("/api/auth/login", json=LOGIN | {"password": "guess"}, headers=FORWARDED)
        assert http.post("/api/auth/login", json=LOGIN, headers=FORWARDED).status_code == 429
        assert http.post("/api/auth/login", json=LOGIN, headers={"X-Real-IP": "203.0.113.8"}).status_code == 200


def test_anybody_elses_does_not(settings: Settings) -> None:
    with client(settings, "no-such-host.invalid") as http:
        join(http, "ann")
        for number in range(5):
            header = {"X-Real-IP": f"203.0.113.{number}"}
            http.post("/api/auth/login", json=LOGIN | {"password": "guess"}, headers=header)
        assert http.post("/api/auth/login", json=LOGIN, headers={"X-Real-IP": "203.0.113.99"}).status_code == 429


def test_a_proxy_that_is_not_there_yet_is_nobody() -> None:
    assert "127.0.0.1" not in TrustedProxy("no-such-host.invalid")
    assert "127.0.0.1" not in TrustedProxy("")
