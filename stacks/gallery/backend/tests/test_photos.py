"""Upload, thumbnails, listing, search, paging, likes, comments, delete: and who may do what."""

import io
from collections.abc import Callable
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.conftest import Member, until
from tests.pictures import PLACE, draw, encoded, jpeg, photo_with_place, png

ALL_FILES = ["large.webp", "medium.webp", "original.jpeg", "small.webp"]


def fetch(http: TestClient, url: str) -> Image.Image:
    response = http.get(url)
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


def test_an_upload_becomes_three_thumbnails_and_a_clean_original(
    http: TestClient, ann: Member, files_of: Callable[[str], list[str]]
) -> None:
    photo = ann.photo("Evening_by_the_sea.jpg", jpeg(1600, 1000))
    assert (photo["status"], photo["title"]) == ("ready", "Evening by the sea")
    sizes = {name: fetch(http, url).size for name, url in photo["urls"].items()}
    assert sizes == {"small": (400, 250), "medium": (1000, 625), "large": (1600, 1000), "original": (1600, 1000)}
    assert files_of(photo["id"]) == ALL_FILES


def test_several_files_in_one_request(ann: Member) -> None:
    response = ann.send(("a.jpg", jpeg()), ("b.png", png()), ("c.webp", encoded(draw(), "WEBP")))
    assert response.status_code == 201
    assert [photo["title"] for photo in response.json()] == ["a", "b", "c"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_orientation_is_honoured_and_the_place_is_gone(http: TestClient, ann: Member, kind: str) -> None:
    content = photo_with_place(kind)
    assert PLACE in content
    assert b"Telltale" in content
    photo = ann.photo(f"holiday.{kind.lower()}", content)
    assert (photo["width"], photo["height"]) == (400, 640)
    assert photo["taken_at"] == "2024-05-06T07:08:09"
    for url in photo["urls"].values():
        served = http.get(url).content
        assert PLACE not in served
        assert b"Telltale" not in served
        image = Image.open(io.BytesIO(served)).convert("RGB")
        assert image.width < image.height
        assert not image.getexif()
        right, top, bottom = ((image.width - 3, 9), (image.width // 4, 3), (image.width // 4, image.height - 9))
        assert min(image.getpixel(right)) > 200, "the white bar is on the right"
        assert image.getpixel(top)[0] > 200, "red is on top"
        assert image.getpixel(bottom)[2] > 200, "blue is below"


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "I;16", "1", "CMYK"])
def test_every_kind_of_pixel(http: TestClient, ann: Member, mode: str) -> None:
    source = draw(80, 50)
    image = Image.new("I;16", (80, 50), 40000) if mode == "I;16" else source.convert(mode)
    photo = ann.photo("pixels.png", encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert photo["status"] == "ready"
    assert fetch(http, photo["urls"]["small"]).size == (80, 50)


def test_pictures_are_cached_and_cannot_act(http: TestClient, ann: Member) -> None:
    headers = http.get(ann.photo()["urls"]["medium"]).headers
    assert "immutable" in headers["cache-control"]
    assert "sandbox" in headers["content-security-policy"]
    assert headers["content-type"] == "image/webp"


def test_the_address_of_a_picture_cannot_be_made_up(http: TestClient, ann: Member) -> None:
    url = ann.photo()["urls"]["small"]
    changed = url.replace("small", "original")
    late = url.replace("e=", "e=9")
    for wrong in (changed, late, url[:-1] + ("0" if url[-1] != "0" else "1"), url.split("&s=")[0] + "&s="):
        assert http.get(wrong).status_code in (403, 422), wrong


def test_an_expired_address(http: TestClient, ann: Member, settings: object) -> None:
    from app import media

    old = media.sign(settings, ann.photo()["id"], "small", now=1_000_000)  # type: ignore[arg-type]
    assert http.get(old).json()["code"] == "address_invalid"


def test_newest_first_in_pages_without_gaps_or_repeats(ann: Member) -> None:
    titles = [f"p{number}" for number in range(7)]
    for title in titles:
        ann.photo(f"{title}.png", png())
    seen, cursor = [], ""
    while cursor is not None:
        page = ann.get("/api/photos", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))
        seen += [photo["title"] for photo in page["items"]]
        cursor = page["next"]
        ann.photo("late.png", png())  # arrives while one pages
    assert [title for title in seen if title != "late"] == titles[::-1]


@pytest.mark.parametrize("cursor", ["x", "!!!", "bm90LWEtY3Vyc29y", "MjAyNC0wMS0wMXxub3QtYS11dWlk"])
def test_a_made_up_cursor(ann: Member, cursor: str) -> None:
    assert ann.call("GET", "/api/photos", params={"cursor": cursor}).status_code == 422


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("evening", ["Evening sea"]),
        ("eve SEA", ["Evening sea"]),
        ("море", ["Море в мае"]),
        ("travels", ["Harbour"]),  # by album
        ("ann", ["Harbour", "Море в мае", "Evening sea"]),  # by person
        ("'; DROP TABLE photos; --", []),
        ("a & | ! ( ) : *", ["Harbour", "Море в мае", "Evening sea"]),
        ("   ", ["Harbour", "Море в мае", "Evening sea"]),
        ("nothing like it", []),
    ],
)
def test_search(ann: Member, words: str, found: list[str]) -> None:
    ann.photo("Evening_sea.jpg", png())
    ann.photo("Море_в_мае.jpg", png())
    ann.album = ann.call("POST", "/api/albums", json={"title": "Travels"}).json()["id"]
    ann.photo("Harbour.jpg", png())
    items = ann.get("/api/photos", params={"q": words})["items"]
    assert [photo["title"] for photo in items] == found


def test_likes_count_people(ann: Member, bob: Member) -> None:
    photo = ann.photo()["id"]
    for member, likes in ((ann, 1), (bob, 2), (bob, 2)):
        assert member.call("PUT", f"/api/photos/{photo}/like").json() == {"likes": likes, "liked": True}
    assert bob.get("/api/photos", params={"scope": "liked"})["items"][0]["id"] == photo
    assert bob.call("DELETE", f"/api/photos/{photo}/like").json() == {"likes": 1, "liked": False}
    assert bob.get("/api/photos", params={"scope": "liked"})["items"] == []


def test_comments(ann: Member, bob: Member) -> None:
    photo = ann.photo()["id"]
    path = f"/api/photos/{photo}/comments"
    mine = bob.call("POST", path, json={"body": " What a <b>light</b>! "}).json()
    ann.call("POST", path, json={"body": "Thank you"})
    assert [comment["body"] for comment in ann.get(path)] == ["What a <b>light</b>!", "Thank you"]
    theirs = ann.get(path)[1]["id"]
    assert bob.call("DELETE", f"/api/comments/{theirs}").status_code == 404, "not his, nor his photo"
    assert ann.call("DELETE", f"/api/comments/{mine['id']}").status_code == 204, "her photo"
    assert bob.get(f"/api/photos/{photo}")["comments"] == 1
    assert bob.call("POST", path, json={"body": "   "}).status_code == 422


def test_a_private_album_is_nobody_elses_business(ann: Member, bob: Member) -> None:
    ann.album = ann.call("POST", "/api/albums", json={"title": "Diary", "shared": False}).json()["id"]
    photo = ann.photo()["id"]
    assert bob.get("/api/photos")["items"] == []
    for path in (f"/api/albums/{ann.album}", f"/api/photos/{photo}", f"/api/photos/{photo}/comments"):
        assert bob.call("GET", path).status_code == 404
    assert bob.call("PUT", f"/api/photos/{photo}/like").status_code == 404
    ann.call("PATCH", f"/api/albums/{ann.album}", json={"shared": True})
    assert bob.get(f"/api/photos/{photo}")["mine"] is False


def test_only_the_owner_changes_and_deletes(ann: Member, bob: Member) -> None:
    photo = ann.photo()["id"]
    for method, path, body in (
        ("PATCH", f"/api/photos/{photo}", {"title": "mine now"}),
        ("DELETE", f"/api/photos/{photo}", None),
        ("PATCH", f"/api/albums/{ann.album}", {"title": "mine now"}),
        ("DELETE", f"/api/albums/{ann.album}", None),
    ):
        assert bob.call(method, path, json=body).status_code == 404
    assert bob.send(("in.png", png()), album=ann.album).status_code == 404
    assert ann.call("PATCH", f"/api/photos/{photo}", json={"album_id": bob.album}).status_code == 404
    assert ann.call("PATCH", f"/api/photos/{photo}", json={"title": "Dusk"}).json()["title"] == "Dusk"


def test_delete_takes_the_files_along(ann: Member, files_of: Callable[[str], list[str]]) -> None:
    one, two = ann.photo()["id"], ann.photo()["id"]
    assert ann.call("DELETE", f"/api/photos/{one}").status_code == 204
    until(lambda: not files_of(one))
    assert ann.call("GET", f"/api/photos/{one}").status_code == 404
    assert ann.call("DELETE", f"/api/albums/{ann.album}").status_code == 204
    until(lambda: not files_of(two))


def test_albums_show_their_newest_photo(http: TestClient, ann: Member, bob: Member) -> None:
    ann.photo("old.png", png())
    ann.photo("new.png", png(60, 60))
    album = bob.get(f"/api/albums/{ann.album}")
    assert (album["photos"], album["mine"], album["owner"]["username"]) == (2, False, "ann")
    assert fetch(http, album["cover"]).size == (60, 60)
    assert [a["mine"] for a in bob.get("/api/albums")] == [True, False]


def test_what_is_not_there(ann: Member) -> None:
    for path in (f"/api/photos/{uuid4()}", f"/api/albums/{uuid4()}"):
        assert ann.call("GET", path).status_code == 404
    assert ann.call("GET", "/api/photos/not-an-id").status_code == 422
    assert ann.call("GET", "/api/nothing").status_code == 404
