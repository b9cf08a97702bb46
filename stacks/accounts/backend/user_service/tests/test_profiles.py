"""Profiles, and who may see them."""

from typing import Any

from backend.shared.security import Claims, issue
from backend.shared.testing import KEY
from tests.conftest import Join


def test_a_profile_is_there_when_one_first_comes(join: Join) -> None:
    ada = join("Ada Lovelace")
    assert ada.ask("GET", "/me").json() | {"joined_at": ""} == {
        "id": ada.id, "name": "Ada Lovelace", "headline": "", "place": "", "about": "", "listed": True,
        "avatar": None, "joined_at": "",
    }  # fmt: skip


def test_what_is_left_out_of_a_change_stays(join: Join) -> None:
    ada = join("Ada", headline="Analyst", place="London")
    after = ada.ask("PATCH", "/me", json={"about": " Engines. "}).json()
    assert (after["name"], after["headline"], after["about"]) == ("Ada", "Analyst", "Engines.")
    assert ada.ask("PATCH", "/me", json={"name": "  "}).status_code == 422
    assert ada.ask("PATCH", "/me", json={"admin": True}).status_code == 422
    assert ada.ask("PATCH", "/me", json={"about": "x" * 2001}).status_code == 422


def test_nobody_is_seen_without_signing_in(join: Join) -> None:
    ada = join("Ada")
    for path in ("/me", "/search", f"/{ada.id}"):
        assert ada.client.get(f"/api/users{path}").json()["code"] == "sign_in"
    ada.token = issue("refresh", KEY, Claims(ada.id, "s", "t", "Ada"), 60)
    assert ada.ask("GET", "/me").json()["code"] == "token_invalid"


def test_an_ended_session_is_ended_here_too(join: Join, redis: Any) -> None:
    ada = join("Ada")
    redis.set(f"session:ended:{ada.session}", 1, ex=60)
    assert ada.ask("GET", "/me").json()["code"] == "session_ended"


def test_found_by_the_beginnings_of_words(join: Join) -> None:
    ada = join("Ada Lovelace", headline="Analyst of engines", place="London")
    join("Zoë Ångström", place="Lund")
    assert ada.found("lov") == ["Ada Lovelace"]
    assert ada.found("eng ADA") == ["Ada Lovelace"]
    assert ada.found("zoe ang") == ["Zoë Ångström"]
    assert ada.found("ZOË") == ["Zoë Ångström"]
    assert ada.found("ovelace") == []
    assert ada.found("l") == ["Zoë Ångström", "Ada Lovelace"], "the newest first"
    assert ada.found(".*") == []
    assert ada.found("ada (lov)|x") == []


def test_who_does_not_want_to_be_listed_is_not_found(join: Join) -> None:
    ada, bob = join("Ada", listed=False), join("Bob")
    assert bob.found("ada") == []
    assert bob.found("") == ["Bob"]
    assert bob.ask("GET", f"/{ada.id}").json()["name"] == "Ada"
    assert bob.ask("GET", "/nobody").status_code == 404


def test_pages_of_people(join: Join) -> None:
    people = [join(f"Person {n}") for n in range(7)]
    names: list[str] = []
    after = ""
    pages = 0
    while after is not None:
        page = people[0].ask("GET", "/search", params={"after": after}).json()
        names += [item["name"] for item in page["items"]]
        after, pages = page["next"], pages + 1
    assert names == [f"Person {n}" for n in reversed(range(7))]
    assert pages == 3
    assert people[0].ask("GET", "/search", params={"after": "nonsense"}).status_code == 422
