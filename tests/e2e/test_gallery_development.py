"""System B's development form on the native engine: reload on both sides, the database away, its own tests in it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.e2e.gallery_stack import Answer, Gallery, Member, started, until
from tests.e2e.who import who

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

IMAGES = ("python:3.11-slim", "node:20-alpine", "nginx:alpine", "postgres:16-alpine")
AWAY_SECONDS = 10


@pytest.fixture(scope="module", params=who("me"))
def gallery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """The development form, up and healthy, in a copy whose source may be changed."""
    with started(request.param, request, tmp_path_factory.mktemp("gallery"), "development") as stack:
        yield stack


@pytest.fixture
def ada(gallery: Gallery) -> Member:
    return gallery.visitor().enter("ada")


@pytest.mark.shows("B6")
def test_everything_is_healthy(gallery: Gallery) -> None:
    rows = gallery.rows()
    assert {name: row["Health"] for name, row in rows.items()} == dict.fromkeys(
        ("db", "backend", "frontend"), "healthy"
    )
    assert b"/@vite/client" in gallery.visitor().ask("GET", "/").body


@pytest.mark.shows("B6")
def test_the_back_end_reloads(gallery: Gallery) -> None:
    visitor = gallery.visitor()
    wrong = lambda: visitor.ask("GET", "/api/albums").body  # noqa: E731
    assert b'"sign in first"' in wrong()
    gallery.edit("backend/app/deps.py", '"sign in first"', '"please sign in first"')
    until(lambda: b'"please sign in first"' in wrong(), 15, 0.05)


@pytest.mark.shows("B6")
def test_the_front_end_is_served_as_it_was_saved(gallery: Gallery) -> None:
    visitor = gallery.visitor()
    assert b"A quiet place for photos" in visitor.ask("GET", "/src/pages/sign-in.tsx").body
    gallery.edit("front/src/pages/sign-in.tsx", "A quiet place for photos", "A quieter place")
    until(lambda: b"A quieter place" in visitor.ask("GET", "/src/pages/sign-in.tsx").body, 15, 0.05)


def test_the_database_is_away_for_ten_seconds(gallery: Gallery, ada: Member) -> None:
    """Requests meanwhile get 503 and when to come back; afterwards everything is as before, without a restart."""
    ada.photo("Before.png")
    assert gallery.run("stop", "db").code == 0
    answers: list[Answer] = []
    began = time.monotonic()
    while time.monotonic() - began < AWAY_SECONDS:
        answers += [
            ada.ask("GET", "/api/photos"),
            ada.upload("Lost.png", b"x"),
            gallery.visitor().ask("GET", "/api/albums"),
        ]
        time.sleep(0.3)
    asked = [answer for answer in answers if answer.status != 401]
    assert {answer.status for answer in asked} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in asked)
    pid = gallery.inside("backend", "cat", "/proc/1/stat").out.split()[21]
    assert gallery.run("start", "db").code == 0
    until(lambda: ada.ask("GET", "/api/photos").status == 200, 15)
    assert ada.titles()[0] == "Before"
    assert ada.photo("After.png")["status"] == "ready"
    assert gallery.inside("backend", "cat", "/proc/1/stat").out.split()[21] == pid, "it was not restarted"


@pytest.mark.shows("B11")
def test_the_back_ends_own_tests_run_in_it(gallery: Gallery) -> None:
    """As the document's CI does: run the tests in the back end, against the stack's own database server."""
    done = gallery.inside(
        "backend", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_auth.py", "tests/test_schema.py", timeout=400
    )
    assert done.code == 0, done.text[-3000:]
    assert " passed" in done.out


def test_the_demo_pictures(gallery: Gallery) -> None:
    done = gallery.inside("backend", "python", "-m", "demo.seed", timeout=200)
    assert (done.code, done.out.strip()) == (0, "10 pictures hung"), done.text
    again = gallery.inside("backend", "python", "-m", "demo.seed")
    assert (again.code, again.out.strip()) == (0, "the pictures hang already")


@pytest.mark.shows("B5")
def test_photos_survive_down_and_up(gallery: Gallery, ada: Member) -> None:
    ada.photo("Kept.png")
    assert gallery.run("down").code == 0
    gallery.up()
    assert "Kept" in gallery.visitor().enter("ada").titles()
