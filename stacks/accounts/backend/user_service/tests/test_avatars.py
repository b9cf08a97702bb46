"""Avatars: taken in by content, served as something else, gone when replaced."""

import io
from datetime import UTC, datetime, timedelta

from PIL import Image

from app.pictures import avatar
from backend.shared.security import service_token
from backend.shared.testing import KEY
from tests.conftest import Join, picture


def test_an_avatar_is_cut_square_and_kept_for_ever(join: Join) -> None:
    ada = join("Ada")
    shown = ada.ask("PUT", "/me/avatar", content=picture(640, 300))
    urls = shown.json()["avatar"]
    for name, side in (("large", 512), ("small", 96)):
        answer = ada.client.get(urls[name])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert "immutable" in answer.headers["cache-control"]
        assert Image.open(io.BytesIO(answer.content)).size == (side, side)


def test_a_new_one_takes_the_old_ones_place(join: Join) -> None:
    ada = join("Ada")
    old = ada.ask("PUT", "/me/avatar", content=picture()).json()["avatar"]["small"]
    new = ada.ask("PUT", "/me/avatar", content=picture(kind="JPEG")).json()["avatar"]["small"]
    assert old != new
    assert ada.client.get(old).status_code == 404
    assert ada.ask("DELETE", "/me/avatar").json()["avatar"] is None
    assert ada.client.get(new).status_code == 404


def test_nothing_of_the_sent_file_is_served() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    exif[0x0112] = 6  # lies on its side
    made = avatar(picture(400, 200, "JPEG", exif=exif), 10**6)
    assert b"where I live" not in made["512"]
    assert not Image.open(io.BytesIO(made["512"])).getexif()


def test_what_is_no_picture_is_refused(join: Join) -> None:
    ada = join("Ada")
    for content, status, code in (
        (b"PK\x03\x04" + bytes(500), 415, "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "not_a_picture"),
        (picture()[:200], 422, "damaged"),
        (bytes(300_000), 413, "too_large"),
        (b"", 415, "not_a_picture"),
    ):
        refused = ada.ask("PUT", "/me/avatar", content=content, params={"x": status})
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert ada.ask("GET", "/me").json()["avatar"] is None
    assert ada.client.get("/api/users/avatars/made-up-96.webp").status_code == 404


def test_too_many_pixels_are_not_decoded(join: Join) -> None:
    object.__setattr__(join("Ada").client.app.state.settings, "avatar_pixels", 1000)
    assert join("Bob").ask("PUT", "/me/avatar", content=picture()).json()["code"] == "too_many_pixels"


def test_pictures_that_no_profile_shows_are_cleaned_up(join: Join) -> None:
    ada = join("Ada")
    kept = ada.ask("PUT", "/me/avatar", content=picture()).json()["avatar"]["small"]
    avatars = ada.client.app.state.store.avatars
    old = datetime.now(UTC) - timedelta(hours=2)
    ada.client.portal.call(avatars.insert_one, {"_id": "orphan", "person": ada.id, "made_at": old, "96": b"x"})
    ada.client.portal.call(avatars.insert_one, {"_id": "young", "person": ada.id, "made_at": datetime.now(UTC)})
    headers = {"Authorization": f"Bearer {service_token(KEY, 'celery_worker')}"}
    assert ada.client.post("/internal/clean-up").status_code == 401
    assert ada.client.post("/internal/clean-up", headers=headers).json() == {"avatars": 1}
    assert ada.client.post("/internal/clean-up", headers=headers).json() == {"avatars": 0}
    assert ada.client.get(kept).status_code == 200
