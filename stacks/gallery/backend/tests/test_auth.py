"""Signing up, in and out; tokens that rotate, expire, are forged, stolen or revoked."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import psycopg
import pytest
from fastapi.testclient import TestClient

from app import tokens
from app.settings import Settings
from tests.conftest import KEYS, PASSWORD, Member, join

LOGIN = {"username": "ann", "password": PASSWORD}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def forged(**changes: object) -> str:
    body = {
        "iss": "max-gallery",
        "typ": "access",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "jti": str(uuid4()),
        "exp": datetime.now(UTC) + timedelta(hours=1),
    }
    key = str(changes.pop("key", KEYS["secret_key"]))
    return jwt.encode(body | changes, key, algorithm="HS256")


def unsigned() -> str:
    """The classic: an algorithm of "none"."""

    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    soon = int(datetime.now(UTC).timestamp()) + 3600
    body = {"typ": "access", "sub": str(uuid4()), "sid": str(uuid4()), "jti": str(uuid4()), "exp": soon}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(body)}."


def test_register_signs_in_and_makes_a_first_album(ann: Member) -> None:
    assert ann.get("/api/auth/me")["username"] == "ann"
    assert [album["title"] for album in ann.get("/api/albums")] == ["My photos"]


def test_the_refresh_cookie_is_out_of_reach_of_scripts(http: TestClient, ann: Member) -> None:
    cookie = http.post("/api/auth/login", json=LOGIN).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/api/auth" in cookie


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "no spaces please"}, "username"),
        ({"username": "ab"}, "username"),
        ({"username": "../etc"}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "nul\x00in the middle"}, "password"),
        ({"display_name": "x" * 61}, "display_name"),
        ({"is_admin": True}, "is_admin"),
    ],
)
def test_bad_registrations_are_refused_by_field(http: TestClient, change: dict[str, object], field: str) -> None:
    response = http.post("/api/auth/register", json={"username": "ann", "password": PASSWORD} | change)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(field)
    assert "short" not in response.text.replace("shorter", "")


def test_a_taken_name_in_any_case_is_refused(http: TestClient, ann: Member) -> None:
    response = http.post("/api/auth/register", json={"username": "ANN", "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (409, "name_taken")


def test_wrong_password_and_unknown_person_get_the_same_answer(http: TestClient, ann: Member) -> None:
    wrong = http.post("/api/auth/login", json=LOGIN | {"password": "not this one"})
    unknown = http.post("/api/auth/login", json=LOGIN | {"username": "nobody-at-all"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_login_is_rate_limited_and_says_for_how_long(http: TestClient, ann: Member) -> None:
    for _ in range(5):
        assert http.post("/api/auth/login", json=LOGIN | {"password": "guess"}).status_code == 401
    refused = http.post("/api/auth/login", json=LOGIN)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert 0 < int(refused.headers["Retry-After"]) <= 301
    join(http, "bob")  # others are not touched


def test_a_success_clears_the_count(http: TestClient, ann: Member) -> None:
    for _ in range(3):
        for _ in range(4):
            http.post("/api/auth/login", json=LOGIN | {"password": "guess"})
        assert http.post("/api/auth/login", json=LOGIN).status_code == 200


def test_those_who_know_their_password_are_never_too_many(http: TestClient, ann: Member) -> None:
    for _ in range(35):
        assert http.post("/api/auth/login", json=LOGIN).status_code == 200


def test_guessing_at_many_accounts_is_limited_too(http: TestClient) -> None:
    guesses = [{"username": f"person-{n}", "password": "guess"} for n in range(31)]
    answers = [http.post("/api/auth/login", json=guess).status_code for guess in guesses]
    assert answers == [401] * 30 + [429]


def test_passwords_and_tokens_are_not_stored_readable(ann: Member, sql_shell: psycopg.Connection) -> None:
    row = sql_shell.execute("SELECT password_hash FROM users").fetchone()
    assert row is not None
    assert row[0].startswith("$argon2id$")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "not_signed_in"),
        ("rubbish", "token_invalid"),
        (forged(key="c" * 40), "token_invalid"),
        (forged(exp=datetime.now(UTC) - timedelta(seconds=1)), "token_expired"),
        (forged(typ="refresh"), "token_invalid"),
        (forged(sub="not-a-uuid"), "token_invalid"),
        (forged(sub=["a", "list"]), "token_invalid"),
        (forged(iss="somebody else"), "token_invalid"),
        (forged(), "session_ended"),
        (unsigned(), "token_invalid"),
    ],
)
def test_bad_access_tokens(http: TestClient, token: str, code: str) -> None:
    response = http.get("/api/auth/me", headers=bearer(token))
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_is_no_access_token(http: TestClient, ann: Member) -> None:
    assert http.get("/api/auth/me", headers=bearer(http.cookies["gallery_refresh"])).status_code == 401


def test_refresh_rotates(http: TestClient, ann: Member) -> None:
    first = http.cookies["gallery_refresh"]
    renewed = http.post("/api/auth/refresh")
    assert renewed.status_code == 200
    assert http.cookies["gallery_refresh"] != first
    assert http.get("/api/auth/me", headers=bearer(renewed.json()["access_token"])).status_code == 200


def test_a_refresh_token_used_twice_ends_the_session(http: TestClient, ann: Member) -> None:
    stolen = http.cookies["gallery_refresh"]
    fresh = http.post("/api/auth/refresh").json()["access_token"]
    http.cookies.clear()
    thief = http.post("/api/auth/refresh", headers={"Cookie": f"gallery_refresh={stolen}"})
    assert (thief.status_code, thief.json()["code"]) == (401, "token_reused")
    for token in (ann.token, fresh):
        ended = http.get("/api/auth/me", headers=bearer(token))
        assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")


def test_within_the_leeway_a_lost_answer_costs_nothing(settings: Settings) -> None:
    """The page was closed before the new cookie came: the old one serves once more, for some seconds."""
    from app.application import create_app

    with TestClient(create_app(settings.model_copy(update={"refresh_leeway_seconds": 5}))) as http:
        join(http, "ann")
        old = http.cookies["gallery_refresh"]
        assert http.post("/api/auth/refresh").status_code == 200
        http.cookies.clear()
        assert http.post("/api/auth/refresh", headers={"Cookie": f"gallery_refresh={old}"}).status_code == 200


def test_an_expired_refresh_token(http: TestClient, ann: Member) -> None:
    old = forged(key=KEYS["refresh_secret_key"], typ="refresh", exp=datetime.now(UTC) - timedelta(seconds=1))
    http.cookies.clear()
    response = http.post("/api/auth/refresh", headers={"Cookie": f"gallery_refresh={old}"})
    assert (response.status_code, response.json()["code"]) == (401, "token_expired")


def test_logout_ends_the_access_token_at_once(http: TestClient, ann: Member) -> None:
    assert ann.call("POST", "/api/auth/logout").status_code == 204
    assert ann.call("GET", "/api/auth/me").json()["code"] == "session_ended"
    assert http.post("/api/auth/refresh").status_code == 401


def test_logout_everywhere_ends_every_session(http: TestClient, ann: Member) -> None:
    other = http.post("/api/auth/login", json=LOGIN).json()["access_token"]
    assert ann.call("POST", "/api/auth/logout-everywhere").status_code == 204
    assert http.get("/api/auth/me", headers=bearer(other)).json()["code"] == "session_ended"


def test_only_configured_origins_may_read_answers(settings: Settings) -> None:
    from app.application import create_app

    allowed = settings.model_copy(update={"cors_origins": ("https://photos.example",)})
    with TestClient(create_app(allowed)) as http:
        asked = {"Origin": "https://photos.example", "Access-Control-Request-Method": "POST"}
        assert http.options("/api/auth/login", headers=asked).headers["access-control-allow-credentials"] == "true"
        refused = http.get("/health", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in refused.headers


def test_claims_survive_the_round_trip() -> None:
    claims = tokens.Claims(uuid4(), uuid4(), uuid4())
    assert tokens.read("access", KEYS["secret_key"], tokens.issue("access", KEYS["secret_key"], claims, 60)) == claims
