"""Signing in and out, tokens that rotate, accounts that lock."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.settings import Settings
from tests.conftest import PASSWORD, Postbox, Visitor


def me(visitor: Visitor, access: str) -> Any:
    return visitor.client.get("/api/auth/me", headers={"Authorization": f"Bearer {access}"})


def use(visitor: Visitor, refresh: str) -> Any:
    """Refresh by this very token, whatever the client's own cookie is."""
    visitor.client.cookies.clear()
    answer = visitor.client.post("/api/auth/refresh", headers={"Cookie": f"refresh={refresh}"})
    visitor.client.cookies.clear()
    return answer


def test_the_cookie_is_out_of_reach_of_scripts(visitor: Visitor) -> None:
    visitor.register()
    said = visitor.login().headers["set-cookie"].lower()
    assert all(word in said for word in ("httponly", "samesite=strict", "path=/api/auth"))
    assert "secure" not in said, "plain http, in development"
    visitor.client.headers["x-forwarded-proto"] = "https"
    assert "secure" in visitor.login().headers["set-cookie"].lower()


def test_tokens_rotate(visitor: Visitor) -> None:
    visitor.register()
    first = visitor.login()
    second = visitor.post("/refresh")
    assert second.status_code == 200
    assert second.cookies["refresh"] != first.cookies["refresh"]
    assert me(visitor, second.json()["access_token"]).json()["email"] == "ada@example.com"


def test_a_refresh_token_that_is_used_twice_ends_the_session_on_both_sides(visitor: Visitor) -> None:
    visitor.register()
    stolen = visitor.login().cookies["refresh"]
    owner = visitor.post("/refresh")
    thief = use(visitor, stolen)
    assert (thief.status_code, thief.json()["code"]) == (401, "token_reused")
    assert use(visitor, owner.cookies["refresh"]).json()["code"] == "session_ended"
    assert me(visitor, owner.json()["access_token"]).json()["code"] == "session_ended"


def test_of_many_who_use_one_token_at_once_one_gets_through(visitor: Visitor) -> None:
    visitor.register()
    token = visitor.login().cookies["refresh"]
    visitor.client.cookies.clear()
    with ThreadPoolExecutor(8) as pool:
        headers = {"Cookie": f"refresh={token}"}
        answers = list(pool.map(lambda _: visitor.client.post("/api/auth/refresh", headers=headers), range(8)))
    assert sum(answer.status_code == 200 for answer in answers) <= 1


def test_within_the_leeway_a_lost_answer_is_given_again(visitor: Visitor, settings: Settings) -> None:
    visitor.register()
    token = visitor.login().cookies["refresh"]
    object.__setattr__(settings, "refresh_leeway_seconds", 5)
    assert use(visitor, token).status_code == 200
    assert use(visitor, token).status_code == 200


def test_signing_out_ends_the_access_token_too(visitor: Visitor) -> None:
    visitor.register()
    entered = visitor.login()
    assert visitor.post("/logout").status_code == 204
    assert me(visitor, entered.json()["access_token"]).status_code == 401
    assert use(visitor, entered.cookies["refresh"]).status_code == 401
    assert visitor.post("/logout").status_code == 204


def test_signing_out_everywhere(visitor: Visitor) -> None:
    visitor.register()
    other = visitor.login().json()["access_token"]
    visitor.login()
    assert visitor.post("/logout", everywhere=True).status_code == 204
    assert me(visitor, other).json()["code"] == "session_ended"


def test_five_wrong_passwords_lock_the_account_and_say_for_how_long(visitor: Visitor, postbox: Postbox) -> None:
    visitor.register()
    assert {visitor.login(password="wrong password").status_code for _ in range(5)} == {401}
    for password in ("wrong password", PASSWORD):
        locked = visitor.login(password=password)
        assert (locked.status_code, locked.json()["code"]) == (429, "locked")
        assert "15 minutes" in locked.json()["detail"]
        assert 0 < int(locked.headers["retry-after"]) <= 15 * 60
    assert [mail.kind for mail in postbox.mails].count("locked") == 1


def test_who_is_not_known_here_is_locked_just_the_same(visitor: Visitor, postbox: Postbox) -> None:
    answers = [visitor.login(email="nobody@example.com") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert postbox.mails == []


def test_a_new_password_lifts_the_lock(visitor: Visitor, postbox: Postbox) -> None:
    visitor.register()
    for _ in range(5):
        visitor.login(password="wrong password")
    visitor.post("/password/forgot", email="ada@example.com")
    visitor.post("/password/reset", token=postbox.last("reset").token, password="another horse")
    assert visitor.login(password="another horse").status_code == 200


def test_the_right_password_forgives_the_wrong_ones(visitor: Visitor) -> None:
    visitor.register()
    for _ in range(3):
        for _ in range(4):
            assert visitor.login(password="wrong password").status_code == 401
        assert visitor.login().status_code == 200


def test_who_does_not_come_through_the_front_end_is_not_believed(visitor: Visitor) -> None:
    """Otherwise every request could count as another address."""
    visitor.register()
    for n in range(30):
        visitor.client.post(
            "/api/auth/login",
            json={"email": f"n{n}@example.com", "password": "wrong"},
            headers={"x-real-ip": f"10.0.0.{n}"},
        )
    assert visitor.login().json()["code"] == "too_many"
