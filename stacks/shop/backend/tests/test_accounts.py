"""Accounts: joining, signing in and out, and what a page of somebody else's may not do."""

import pytest

from apps.accounts.models import User
from apps.catalogue.models import Product
from tests.conftest import PASSWORD, Browser

ACCOUNT, LOGIN, REGISTER = "/api/v1/account/", "/api/v1/account/login/", "/api/v1/account/register/"


def test_joining_signs_one_in(visitor: Browser) -> None:
    made = visitor.post(REGISTER, {"email": "ada@example.com", "name": "Ada", "password": PASSWORD})
    assert made.status_code == 201, made.data
    assert made.data == {"user": {"email": "ada@example.com", "name": "Ada", "is_staff": False}, "cart_count": 0}
    assert visitor.get(ACCOUNT).data["user"]["name"] == "Ada"
    assert visitor.patch(ACCOUNT, {"name": "Ada L."}).data["name"] == "Ada L."


def test_leaving(as_ada: Browser) -> None:
    assert as_ada.post("/api/v1/account/logout/").status_code == 204
    assert as_ada.get(ACCOUNT).data["user"] is None
    assert as_ada.post("/api/v1/account/logout/").status_code == 401
    assert as_ada.patch(ACCOUNT, {"name": "x"}).status_code == 401


def test_the_address_in_any_case(visitor: Browser, ada: User) -> None:
    assert visitor.post(LOGIN, {"email": "ADA@Example.com", "password": PASSWORD}).status_code == 200
    taken = visitor.post(REGISTER, {"email": "Ada@example.COM", "password": PASSWORD})
    assert (taken.status_code, set(taken.data)) == (400, {"email"})


@pytest.mark.parametrize("password", ["short", "password123", "ada@example.com"])
def test_passwords_that_are_none(visitor: Browser, password: str) -> None:
    refused = visitor.post(REGISTER, {"email": "ada@example.com", "password": password})
    assert (refused.status_code, set(refused.data)) == (400, {"password"})


def test_a_wrong_password_says_no_more_than_an_unknown_address(visitor: Browser, ada: User) -> None:
    answers = [
        visitor.post(LOGIN, {"email": email, "password": "wrong"}) for email in ("ada@example.com", "no@example.com")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].data == answers[1].data


def test_guessing_is_slowed_down(visitor: Browser, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from rest_framework.throttling import ScopedRateThrottle

    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"login": "3/min", "register": "3/min"})
    wrong = {"email": "ada@example.com", "password": "wrong"}
    codes = [visitor.post(LOGIN, wrong, HTTP_X_FORWARDED_FOR=f"10.0.0.{n}, 192.0.2.7").status_code for n in range(5)]
    assert codes == [401, 401, 401, 429, 429], "what a visitor claims before the proxy's word does not help"
    elsewhere = visitor.post(LOGIN, wrong, HTTP_X_FORWARDED_FOR="192.0.2.8")
    assert elsewhere.status_code == 401


def test_nothing_changes_without_the_token_of_our_own_page(visitor: Browser, ada: User, mug: Product) -> None:
    for address, body in (
        ("/api/v1/cart/lines/", {"product": mug.pk}),
        (LOGIN, {"email": ada.email, "password": PASSWORD}),
        (REGISTER, {"email": "eve@example.com", "password": PASSWORD}),
    ):
        refused = visitor.post(address, body, HTTP_X_CSRFTOKEN="guessed")
        assert refused.status_code == 403, address
        assert "CSRF" in refused.data["detail"]
    visitor.sign_in(ada)
    elsewhere = {"HTTP_ORIGIN": "https://evil.example", "HTTP_X_CSRFTOKEN": visitor.cookies["csrftoken"].value}
    assert visitor.post("/api/v1/cart/lines/", {"product": mug.pk}, **elsewhere).status_code == 403


def test_who_was_let_go_is_signed_out(as_ada: Browser, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert as_ada.get(ACCOUNT).data["user"] is None
    assert as_ada.post(LOGIN, {"email": ada.email, "password": PASSWORD}).status_code == 401


def test_sessions_lie_in_redis_and_nowhere_else(as_ada: Browser, settings) -> None:  # type: ignore[no-untyped-def]
    from django.contrib.sessions.models import Session
    from django.core.cache import caches

    assert settings.SESSION_ENGINE == "apps.core.sessions"
    assert len(list(caches["sessions"].iter_keys("*"))) == 1
    assert Session.objects.count() == 0
