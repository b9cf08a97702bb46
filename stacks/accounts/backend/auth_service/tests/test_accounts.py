"""Register, verify, forget and reset."""

from backend.shared.security import service_token
from backend.shared.testing import KEY
from tests.conftest import PASSWORD, Postbox, Visitor


def test_register_verify_and_sign_in(visitor: Visitor, postbox: Postbox) -> None:
    assert visitor.post("/register", email="Ada@Example.com", name="  Ada  L ", password=PASSWORD).json() == {
        "status": "sent"
    }
    refused = visitor.login()
    assert (refused.status_code, refused.json()["code"]) == (403, "not_verified")
    token = postbox.last("verify").token
    assert visitor.post("/verify", token=token).status_code == 204
    assert visitor.post("/verify", token=token).status_code == 204, "mail programs look at links, too"
    entered = visitor.login(email=" ADA@example.com ").json()
    assert entered["account"] == {"id": entered["account"]["id"], "email": "ada@example.com", "name": "Ada L"}


def test_an_address_that_is_known_is_not_told_to_who_asks(visitor: Visitor, postbox: Postbox) -> None:
    visitor.register()
    again = visitor.post("/register", email="ADA@example.com", name="Eve", password=PASSWORD)
    new = visitor.post("/register", email="bob@example.com", name="Bob", password=PASSWORD)
    assert (again.status_code, again.content) == (new.status_code, new.content)
    assert postbox.last("known").to == "ada@example.com"
    nobody = visitor.post("/password/forgot", email="nobody@example.com")
    known = visitor.post("/password/forgot", email="ada@example.com")
    assert (nobody.status_code, nobody.content) == (known.status_code, known.content)


def test_what_is_not_right_is_said(visitor: Visitor) -> None:
    for body, where in (
        ({"email": "no address", "name": "Ada", "password": PASSWORD}, "email"),
        ({"email": "ada@example.com", "name": "   ", "password": PASSWORD}, "name"),
        ({"email": "ada@example.com", "name": "Ada", "password": "short"}, "password"),
    ):
        refused = visitor.post("/register", **body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        assert where in refused.json()["detail"]
        assert PASSWORD not in refused.text


def test_a_new_password_ends_every_session_and_the_link_is_good_once(visitor: Visitor, postbox: Postbox) -> None:
    visitor.register()
    access = visitor.login().json()["access_token"]
    visitor.post("/password/forgot", email="ada@example.com")
    token = postbox.last("reset").token
    assert visitor.post("/password/reset", token=token, password="another horse").status_code == 204
    assert postbox.last("changed").to == "ada@example.com"
    again = visitor.post("/password/reset", token=token, password="a third horse")
    assert (again.status_code, again.json()["code"]) == (400, "link_invalid")
    assert visitor.client.get("/api/auth/me", headers={"Authorization": f"Bearer {access}"}).status_code == 401
    assert visitor.post("/refresh").json()["code"] == "session_ended"
    assert visitor.login().status_code == 401
    assert visitor.login(password="another horse").status_code == 200


def test_a_link_of_one_kind_is_not_taken_for_another(visitor: Visitor, postbox: Postbox) -> None:
    visitor.post("/register", email="ada@example.com", name="Ada", password=PASSWORD)
    token = postbox.last("verify").token
    assert visitor.post("/password/reset", token=token, password=PASSWORD).status_code == 400
    assert visitor.post("/verify", token="made up").status_code == 400


def test_mails_on_request_are_limited(visitor: Visitor, postbox: Postbox) -> None:
    visitor.register()
    answers = [visitor.post("/password/forgot", email="ada@example.com") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 202, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 15 * 60
    assert [mail.kind for mail in postbox.mails].count("reset") == 4


def test_mails_wait_for_a_broker_that_is_away(visitor: Visitor, postbox: Postbox) -> None:
    postbox.away = True
    assert visitor.post("/register", email="ada@example.com", name="Ada", password=PASSWORD).status_code == 202
    assert postbox.mails == []
    postbox.away = False
    mailing = visitor.client.app.state.office.mailing
    assert visitor.client.portal.call(mailing.hand_over_kept) == 1
    assert visitor.client.portal.call(mailing.hand_over_kept) == 0
    assert visitor.post("/verify", token=postbox.last("verify").token).status_code == 204


def test_the_clean_up_is_for_services_alone_and_safe_twice(visitor: Visitor, postbox: Postbox) -> None:
    visitor.register()
    assert visitor.client.post("/internal/clean-up").status_code == 401
    own = visitor.login().json()["access_token"]
    refused = visitor.client.post("/internal/clean-up", headers={"Authorization": f"Bearer {own}"})
    assert refused.status_code == 401
    by_service = {"Authorization": f"Bearer {service_token(KEY, 'celery_worker')}"}
    store = visitor.client.app.state.office.store
    visitor.client.portal.call(store.add_token, "old", "reset", "somebody", -1)
    visitor.post("/register", email="late@example.com", name="Late", password=PASSWORD)
    first = visitor.client.post("/internal/clean-up", headers=by_service).json()
    assert first == {"accounts": 0, "tokens": 1, "sessions": 0}
    object.__setattr__(visitor.client.app.state.settings, "unverified_days", 0)
    assert visitor.client.post("/internal/clean-up", headers=by_service).json()["accounts"] == 1
    assert visitor.client.post("/internal/clean-up", headers=by_service).json()["accounts"] == 0
    assert visitor.login().status_code == 200


def test_health_says_what_answers(visitor: Visitor) -> None:
    assert visitor.client.get("/health").json() == {"status": "ok", "mongo": "ok", "redis": "ok"}
