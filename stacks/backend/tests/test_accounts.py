from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework.throttling import ScopedRateThrottle

from apps.accounts.models import AccessToken, User
from apps.projects.models import Project
from tests.conftest import PASSWORD

REGISTER, LOGIN, ME = "/api/v1/auth/register/", "/api/v1/auth/login/", "/api/v1/users/me/"


def test_register_log_in_and_see_oneself(db: None, anyone: APIClient) -> None:
    made = anyone.post(REGISTER, {"username": "ada", "email": "ada@example.com", "password": PASSWORD})
    assert made.status_code == 201
    assert "password" not in made.data

    login = anyone.post(LOGIN, {"username": "ada", "password": PASSWORD})
    assert login.status_code == 200
    anyone.credentials(HTTP_AUTHORIZATION=f"Bearer {login.data['token']}")
    assert anyone.get(ME).data["email"] == "ada@example.com"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ADA"}, "username"),
        ({"email": "Ada@Example.com"}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"password": "12345678"}, "password"),
        ({"password": "x"}, "password"),
        ({"username": "white space"}, "username"),
        ({"username": "nul\x00"}, "username"),
    ],
)
def test_register_refuses(ada: User, anyone: APIClient, change: dict[str, str], field: str) -> None:
    wanted = {"username": "new", "email": "new@example.com", "password": PASSWORD, **change}
    answer = anyone.post(REGISTER, wanted)
    assert answer.status_code == 400
    assert list(answer.data) == [field]


def test_a_wrong_password_and_an_unknown_name_look_the_same(ada: User, anyone: APIClient) -> None:
    wrong = anyone.post(LOGIN, {"username": "ada", "password": "no"})
    unknown = anyone.post(LOGIN, {"username": "nobody", "password": "no"})
    assert (wrong.status_code, wrong.data) == (unknown.status_code, unknown.data)
    assert wrong.status_code == 401


def test_the_token_is_not_in_the_database(ada: User) -> None:
    token, secret = AccessToken.objects.issue(ada)
    assert secret not in token.digest
    assert AccessToken.objects.find(secret) == token


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Bearer \xff\xfe", "Bearer " + "x" * 5000])
def test_a_forged_token_is_refused(ada: User, anyone: APIClient, header: str) -> None:
    anyone.credentials(HTTP_AUTHORIZATION=header)
    answer = anyone.get(ME)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_and_one_of_a_locked_account_are_refused(ada: User, as_ada: APIClient) -> None:
    ada.is_active = False
    ada.save()
    assert as_ada.get(ME).status_code == 401
    ada.is_active = True
    ada.save()
    assert as_ada.get(ME).status_code == 200
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert as_ada.get(ME).status_code == 401


def test_expired_tokens_go_with_the_next_login(ada: User) -> None:
    AccessToken.objects.issue(ada)
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    AccessToken.objects.issue(ada)
    assert AccessToken.objects.count() == 1


def test_log_out_ends_one_token_and_all_ends_every_one(ada: User, as_ada: APIClient) -> None:
    AccessToken.objects.issue(ada)
    AccessToken.objects.issue(ada)
    assert as_ada.post("/api/v1/auth/logout/").status_code == 204
    assert as_ada.get(ME).status_code == 401
    assert AccessToken.objects.count() == 2

    as_ada.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.objects.issue(ada)[1]}")
    assert as_ada.post("/api/v1/auth/logout/all/").status_code == 204
    assert AccessToken.objects.count() == 0


def test_changing_oneself_leaves_the_name_alone(ada: User, grace: User, as_ada: APIClient) -> None:
    assert as_ada.patch(ME, {"first_name": "Ada", "username": "root"}).data["first_name"] == "Ada"
    assert as_ada.patch(ME, {"email": "GRACE@example.com"}).status_code == 400
    ada.refresh_from_db()
    assert ada.username == "ada"


def test_one_sees_only_people_of_the_same_projects(project: Project, as_ada: APIClient, as_stranger: APIClient) -> None:
    assert [person["username"] for person in as_ada.get("/api/v1/users/").data["results"]] == ["ada", "grace"]
    assert as_ada.get("/api/v1/users/?search=gra").data["count"] == 1
    assert as_stranger.get("/api/v1/users/").data["count"] == 0


def test_logins_are_limited_and_the_limit_is_shared_through_redis(ada: User, anyone: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "login", "3/min")
    codes = [anyone.post(LOGIN, {"username": "ada", "password": "no"}).status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    assert list(cache.iter_keys("throttle_login_*"))
