"""System C in both forms: natively as whoever runs the tests and as an ordinary user, and on Docker."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from tests.e2e.accounts_stack import Accounts, Person, started
from tests.e2e.gallery_stack import Member, picture, until
from tests.e2e.who import who

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

IMAGES = ("python:3.11-slim", "node:20-alpine", "nginx:alpine", "redis:7.0", "mongo:6.0", "mher/flower:2.0")
SERVICES = {"mongo", "redis", "auth_service", "user_service", "celery_worker", "celery_beat", "mail", "frontend"}
SLOW_SECONDS = 6


@pytest.fixture(scope="module", params=who("me"))
def development(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    with started(request.param, request, tmp_path_factory.mktemp("accounts"), "development") as stack:
        yield stack


@pytest.fixture(scope="module", params=who("me"))
def production(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    with started(request.param, request, tmp_path_factory.mktemp("accounts"), "production") as stack:
        yield stack


def main_story(stack: Accounts, name: str) -> Person:
    """Join by mail, show a picture, be found."""
    person = stack.person().join(name)
    shown = person.ask("PUT", "/api/users/me/avatar", picture(), Content_Type="image/png")
    assert shown.status == 200, shown
    avatar = Member(person.base).ask("GET", shown.json["avatar"]["small"])
    assert (avatar.status, avatar.body[8:12]) == (200, b"WEBP")
    assert person.found(name.lower()[:3]) == [name]
    return person


@pytest.mark.shows("C1", "C4", "C5")
def test_development_is_healthy_and_its_databases_are_this_machines_alone(development: Accounts) -> None:
    rows = development.rows()
    assert {name: row["Health"] for name, row in rows.items()} == dict.fromkeys(SERVICES | {"flower"}, "healthy")
    for service in ("mongo", "redis", "flower", "mail"):
        assert {port["URL"] for port in rows[service]["Publishers"] if port["PublishedPort"]} == {"127.0.0.1"}
    flower = Member(f"http://127.0.0.1:{development.port('flower', 5555)}")
    assert flower.ask("GET", "/healthcheck").body == b"OK"


@pytest.mark.shows("C2", "C3")
def test_development_main_story(development: Accounts) -> None:
    main_story(development, "Grace")


@pytest.mark.shows("C4")
def test_a_change_on_each_side_is_seen_without_a_rebuild(development: Accounts) -> None:
    visitor = development.person()
    development.edit("backend/shared/errors.py", '"the service is away', '"the very service is away')
    development.edit("backend/auth_service/app/routes/entry.py", '"sign in first", {', '"please sign in first", {')
    until(lambda: b"please sign in first" in visitor.ask("GET", "/api/auth/me").body, 20)
    development.edit("frontend/src/pages/sign-in.tsx", "Welcome back", "Come in")
    until(lambda: b"Come in" in visitor.ask("GET", "/src/pages/sign-in.tsx").body, 20)
    development.edit("celery_worker/tasks/letters.py", '"Confirm your address"', '"Confirm your new address"')
    until(lambda: development.rows()["celery_worker"]["Health"] == "healthy", 60)

    def arrives() -> bool:
        person = development.person()
        person.register("Reload")
        until(lambda: person.mails("Confirm"), 60)
        return bool(person.mails("Confirm your new address"))

    until(arrives, 60)


@pytest.mark.shows("C3")
def test_a_mail_being_sent_survives_the_restart_of_its_worker(development: Accounts) -> None:
    """The mail server takes its time; the worker is told to stop meanwhile, finishes, and the mail comes once."""
    slow = Member(f"http://127.0.0.1:{development.port('mail', 8025)}")
    person = development.person()
    slow.ok("PUT", "/api/delay", {"seconds": SLOW_SECONDS})
    try:
        person.register("Patience")
        until(lambda: "received" in development.run("logs", "--since", "5s", "celery_worker").text, 20)
        done: list[int] = []
        restart = threading.Thread(target=lambda: done.append(development.run("restart", "celery_worker").code))
        restart.start()
        restart.join()
        assert done == [0]
    finally:
        slow.ok("PUT", "/api/delay", {"seconds": 0})
    until(lambda: person.mails(), 60)
    person.verify()
    until(lambda: development.rows()["celery_worker"]["Health"] == "healthy", 60)
    stack_is_idle = development.person()
    stack_is_idle.join("Afterwards")
    assert len(person.mails("Confirm")) == 1


@pytest.mark.shows("C7")
@pytest.mark.parametrize("service", ["auth_service", "user_service", "celery_worker", "mail"])
def test_their_own_tests_run_in_the_stack(development: Accounts, service: str) -> None:
    done = development.inside(service, "pytest", "-q", timeout=600)
    assert done.code == 0, done.text[-3000:]
    assert " passed" in done.out


@pytest.mark.shows("C1", "C7")
def test_down_and_up_keep_people_and_down_with_volumes_forgets_them(development: Accounts) -> None:
    kept = development.person().join("Keeper")
    assert development.run("down").code == 0
    development.up()
    again = development.person()
    again.email = kept.email
    assert "Keeper" in again.sign_in().found("keeper")
    assert development.run("down", "-v").code == 0
    development.up()
    gone = development.person()
    gone.email = kept.email
    assert gone.post("/login", email=kept.email, password="correct horse battery").status == 401


@pytest.mark.shows("C6")
def test_nothing_starts_without_a_generated_key(development: Accounts) -> None:
    env = development.shore.folder / ".env"
    text = env.read_text()
    lines = [line for line in text.splitlines() if not line.startswith("JWT_SECRET_KEY")]
    try:
        env.write_text("\n".join(lines))
        refused = development.run("up", "-d")
        assert refused.code == 1
        assert "new-env.sh" in refused.err
    finally:
        env.write_text(text)


@pytest.mark.shows("C8")
def test_production_is_shut_in_and_nobody_is_root(production: Accounts) -> None:
    rows = production.rows()
    assert {name: row["Health"] for name, row in rows.items()} == dict.fromkeys(SERVICES, "healthy")
    published = {name for name, row in rows.items() if any(p["PublishedPort"] for p in row["Publishers"] or ())}
    assert published == {"frontend", "mail"}
    for service in ("auth_service", "user_service", "celery_worker", "celery_beat"):
        assert production.inside(service, "id", "-u").out.strip() == "1000"
        assert production.inside(service, "sh", "-c", "echo x > /app/x").code != 0
    assert production.inside("frontend", "id", "-u").out.strip() != "0"
    found = production.inside("auth_service", "find", "/app", "-name", ".env*", "-o", "-name", "tests")
    assert found.out.strip() == ""


@pytest.mark.shows("C4", "C8")
def test_production_main_story_and_what_is_not_passed_on(production: Accounts) -> None:
    person = main_story(production, "Joan")
    assert person.ask("POST", "/internal/clean-up", b"").status == 404
    assert person.ask("GET", "/api/auth/docs").status == 404
    headers = person.ask("GET", "/").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.shows("C2")
def test_a_service_may_use_its_own_database_and_no_other(production: Accounts) -> None:
    ask = """
import json, os
from pymongo import MongoClient
from pymongo.errors import OperationFailure
with MongoClient(os.environ["MONGO_URI"]) as client:
    own = client.get_default_database().list_collection_names()
    try:
        client["user_db"]["profiles"].find_one()
        other = "read"
    except OperationFailure:
        other = "refused"
print(json.dumps([sorted(own), other]))
"""
    done = production.inside("auth_service", "python", "-c", ask)
    assert done.code == 0, done.text
    own, other = json.loads(done.out)
    assert {"accounts", "sessions"} <= set(own)
    assert other == "refused"
