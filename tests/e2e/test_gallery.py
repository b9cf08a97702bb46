"""System B's production form on the native engine: start, order, weight of the first page, caching, what is closed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import pytest

from tests.e2e.gallery_stack import Answer, Gallery, Member, picture, started, until
from tests.e2e.who import who

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

IMAGES = ("python:3.11-slim", "node:20-alpine", "nginx:alpine", "postgres:16-alpine")
ORDER = ("db", "backend", "frontend")
FIRST_PAGE = 200_000  # bytes over the wire
GIGABYTE = 1024**3


@pytest.fixture(scope="module", params=who("ordinary user"))
def gallery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """The production form, up and healthy: as an ordinary user (its development form is root's)."""
    with started(request.param, request, tmp_path_factory.mktemp("gallery"), "production") as stack:
        yield stack


@pytest.fixture
def ada(gallery: Gallery) -> Member:
    return gallery.visitor().enter("ada")


@pytest.mark.shows("B1", "B2", "B3", "B4")
def test_everything_is_healthy_and_the_database_is_shut_in(gallery: Gallery) -> None:
    rows = gallery.rows()
    assert set(rows) == set(ORDER)
    assert {row["Health"] for row in rows.values()} == {"healthy"}
    published = [port["PublishedPort"] for port in rows["db"]["Publishers"] or () if port["PublishedPort"]]
    assert published == []
    inside = gallery.inside("backend", "python", "-c", "import socket; socket.create_connection(('db', 5432), 5)")
    assert inside.code == 0, inside.text


@pytest.mark.shows("B5")
def test_the_services_wait_for_each_other(gallery: Gallery) -> None:
    """Stopped as a whole and started again: nobody starts before what it needs is healthy."""
    assert gallery.run("stop").code == 0
    said = gallery.up().text
    places = [
        min(m.start() for m in re.finditer(rf"\b{name}\b[^\n]*healthy", said)) for name in ("db", "backend", "frontend")
    ]
    assert places == sorted(places), said


def test_nobody_is_root_where_the_application_is(gallery: Gallery) -> None:
    assert gallery.inside("backend", "id", "-u").out.strip() == "1000"


@pytest.mark.shows("B7")
def test_no_env_file_and_no_source_of_tests_in_the_images(gallery: Gallery) -> None:
    found = gallery.inside("backend", "find", "/app", "-name", ".env*", "-o", "-name", "tests", "-o", "-name", "demo")
    assert found.out.strip() == ""
    served = gallery.inside("frontend", "find", "/usr/share/nginx/html", "-name", ".env*", "-o", "-name", "*.tsx")
    assert served.out.strip() == ""


def wire(gallery: Gallery, path: str) -> Answer:
    answer = gallery.visitor().ask("GET", path, Accept_Encoding="gzip")
    assert answer.status == 200, path
    return answer


def plain(answer: Answer) -> str:
    return (gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body).decode()


def first_page(gallery: Gallery) -> dict[str, Answer]:
    """The page and every file it names."""
    page = wire(gallery, "/")
    named = re.findall(r'(?:src|href)="(/[^"]+)"', plain(page))
    assert any(name.startswith("/assets/") and name.endswith(".js") for name in named)
    assert any(name.startswith("/assets/") and name.endswith(".css") for name in named)
    return {"/": page} | {name: wire(gallery, name) for name in named}


@pytest.mark.shows("B9")
def test_the_first_page_is_light(gallery: Gallery) -> None:
    files = first_page(gallery)
    weights = {name: len(answer.body) + sum(map(len, answer.headers.values())) for name, answer in files.items()}
    assert sum(weights.values()) <= FIRST_PAGE, weights
    assert all(
        files[name].headers.get("content-encoding") == "gzip"
        for name in files
        if name.endswith((".js", ".css")) and len(plain(files[name])) > 1000
    )


@pytest.mark.shows("B9")
def test_assets_are_named_by_content_and_kept(gallery: Gallery) -> None:
    for name, answer in first_page(gallery).items():
        if name.startswith("/assets/"):
            assert re.search(r"-[\w-]{8,}\.(js|css)$", name)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        elif name == "/":
            assert answer.headers["cache-control"] == "no-cache"
            again = gallery.visitor().ask("GET", "/", If_None_Match=answer.headers["etag"])
            assert again.status == 304
    assert gallery.visitor().ask("GET", "/assets/gone-12345678.js").status == 404


def test_every_answer_has_the_security_headers(gallery: Gallery) -> None:
    for path in ("/", "/albums", "/api/albums", "/assets/none.js"):
        headers = gallery.visitor().ask("GET", path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path


def test_places_of_the_application_are_pages(gallery: Gallery) -> None:
    assert b'<div id="root">' in gallery.visitor().ask("GET", "/albums/some-id?photo=x").body


def test_an_upload_through_the_proxy(gallery: Gallery, ada: Member) -> None:
    photo = ada.photo("Harbour.png")
    thumbnail = ada.ask("GET", photo["urls"]["small"])
    assert (thumbnail.status, thumbnail.headers["content-type"]) == (200, "image/webp")
    assert "immutable" in thumbnail.headers["cache-control"]


def test_ten_gigabytes_are_refused_at_the_door(gallery: Gallery, ada: Member) -> None:
    refused = ada.ask(
        "POST", "/api/photos", b"", Content_Length=str(10 * GIGABYTE), Content_Type="multipart/form-data; boundary=b"
    )
    assert (refused.status, refused.json["code"]) == (413, "too_large")


def test_what_is_no_picture_is_refused(ada: Member) -> None:
    refused = ada.upload("freight.png", b"PK\x03\x04" + bytes(2000))
    assert (refused.status, refused.json["code"]) == (415, "not_a_picture")


def test_a_back_end_that_is_away_is_said_so_and_found_again(gallery: Gallery, ada: Member) -> None:
    assert gallery.run("stop", "backend").code == 0
    away = ada.ask("GET", "/api/albums")
    assert (away.status, away.json["code"]) == (503, "unavailable")
    assert away.headers["retry-after"] == "2"
    assert gallery.visitor().ask("GET", "/").status == 200
    assert gallery.run("up", "-d", "--wait", "--ports", "auto", "--force-recreate", "--no-deps", "backend").code == 0
    until(lambda: ada.ask("GET", "/api/albums").status == 200, 20)


@pytest.mark.shows("B5", "B7")
def test_photos_and_rows_survive_down_and_up(gallery: Gallery, ada: Member) -> None:
    photo = ada.photo("Kept.png", picture(hue=90))
    before = ada.ask("GET", photo["urls"]["medium"]).body
    assert gallery.run("down").code == 0
    assert gallery.rows() == {}
    gallery.up()
    back = gallery.visitor().enter("ada")
    assert "Kept" in back.titles()
    assert back.ask("GET", photo["urls"]["medium"]).body == before, "the signed address too: the keys are in .env"


@pytest.mark.shows("B7")
def test_no_secret_in_the_logs(gallery: Gallery, ada: Member) -> None:
    ada.ask("GET", ada.photo("Logged.png")["urls"]["small"])
    logs = gallery.run("logs", "--timestamps").text
    env = dict(line.split("=", 1) for line in (gallery.shore.folder / ".env").read_text().splitlines() if "=" in line)
    for name in ("POSTGRES_PASSWORD", "SECRET_KEY", "REFRESH_SECRET_KEY"):
        assert len(env[name]) == 64
        assert env[name] not in logs
    assert ada.token not in logs
    assert "/api/media/" in logs
    assert not re.search(r"[?&]s=[0-9a-f]{8}", logs)


@pytest.mark.shows("B5")
def test_down_with_volumes_forgets_everything(gallery: Gallery) -> None:
    """The last one of this file."""
    gallery.visitor().enter("ada").photo("Forgotten.png")
    assert gallery.run("down", "-v").code == 0
    gallery.up()
    assert gallery.visitor().enter("ada").titles() == []
