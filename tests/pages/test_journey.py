"""A person's way through the gallery, at a desk and on a phone: join, add, look, like, search, leave."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.gallery_stack import Member, picture
from tests.pages.conftest import DESKTOP, PHONE, Site, Size, name_of
from tests.pages.visit import visiting

pytestmark = [pytest.mark.pages, pytest.mark.e2e, pytest.mark.timeout(900)]

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=lambda size: size.name)


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Three files by names of this test alone."""
    word = uuid.uuid4().hex[:6]
    paths = [tmp_path / f"{name}_{word}.png" for name in ("Harbour", "Meadow", "Roof")]
    for hue, path in enumerate(paths):
        path.write_bytes(picture(hue=hue * 80))
    return paths


def title(path: Path) -> str:
    return path.stem.replace("_", " ")


@SIZES
def test_join_add_look_like_search_leave(browser: Browser, site: Site, size: Size, photos: list[Path]) -> None:
    with visiting(browser, site.url, size) as visit:
        page = visit.page
        visit.open()
        expect(page.get_by_role("heading", level=1)).to_have_text("A quiet place for photos")
        visit.keep("1-entrance")
        visit.join(f"p{uuid.uuid4().hex[:8]}", "Page Turner")
        visit.go("Mine")
        expect(page.get_by_role("heading", name="Nothing of yours yet")).to_be_visible()
        visit.keep("2-empty")

        visit.add(*photos)
        expect(page.get_by_role("heading", name="3 photos added")).to_be_visible(timeout=20_000)
        for path in photos:
            visit.see(title(path))
        page.get_by_role("button", name="Clear the list").click()
        visit.keep("3-mine")

        visit.show(title(photos[1]))
        heart = page.get_by_role("button", name="Like, 0")
        heart.click()
        expect(page.get_by_role("button", name="Like, 1")).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name="Comments, 0").click()
        page.get_by_label("Your comment").fill("Where is <b>this</b>?")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("listitem").filter(has_text="Where is <b>this</b>?")).to_be_visible()
        visit.keep("4-lightbox")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)

        visit.go("Liked")
        visit.see(title(photos[1]))
        visit.go("Everyone")
        page.get_by_role("searchbox").fill(title(photos[2]).lower()[:8])
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^“roof"))
        page.get_by_role("searchbox").fill(title(photos[2]))
        visit.see(title(photos[2]))
        expect(page.get_by_role("list").get_by_role("link", name=re.compile(" by "))).to_have_count(1)
        visit.keep("5-search")
        visit.reload()
        visit.see(title(photos[2]))  # the session and the words outlive a reload

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        visit.reload()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_the_lightbox_by_keys(browser: Browser, site: Site, member: Member) -> None:
    for n in range(3):
        member.photo(f"Key {n}.png", picture(hue=n * 60))
    with visiting(browser, site.url, DESKTOP) as visit:
        visit.open("/mine")
        visit.sign_in(name_of(member))
        visit.see("Key 2")
        visit.tile("Key 2").focus()
        visit.page.keyboard.press("Enter")
        visit.expect_shown("Key 2")
        visit.page.keyboard.press("ArrowRight")
        visit.expect_shown("Key 1")
        visit.page.keyboard.press("l")
        expect(visit.page.get_by_role("button", name="Like, 1")).to_be_visible()
        visit.page.keyboard.press("ArrowLeft")
        visit.expect_shown("Key 2")
        visit.page.keyboard.press("i")
        visit.page.get_by_label("Your comment").fill("l i ArrowLeft")  # keys typed into a field are text
        visit.expect_shown("Key 2")
        visit.page.keyboard.press("Escape")
        expect(visit.page.get_by_role("dialog")).to_have_count(0)
        expect(visit.tile("Key 2")).to_be_focused()


def test_the_lightbox_by_fingers(browser: Browser, site: Site, member: Member) -> None:
    for n in range(2):
        member.photo(f"Swipe {n}.png", picture(hue=n * 60))
    with visiting(browser, site.url, PHONE) as visit:
        visit.open("/mine")
        visit.sign_in(name_of(member))
        visit.see("Swipe 1")
        visit.show("Swipe 1")
        visit.swipe(-200, 10)
        visit.expect_shown("Swipe 0")
        visit.swipe(200, -10)
        visit.expect_shown("Swipe 1")
        visit.swipe(0, 320)
        expect(visit.page.get_by_role("dialog")).to_have_count(0)


DROP = """([name, content]) => {
    const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name, { type: "image/png" }));
    for (const kind of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true });
        document.querySelector("main").dispatchEvent(event);
    }
}"""


def test_drop_into_an_album(browser: Browser, site: Site, member: Member) -> None:
    import base64

    with visiting(browser, site.url, DESKTOP) as visit:
        visit.open("/albums")
        visit.sign_in(name_of(member))
        visit.page.get_by_role("button", name="New album").click()
        visit.page.get_by_label("Name").fill("Dropped here")
        visit.page.get_by_role("checkbox").uncheck()
        visit.page.get_by_role("button", name="Make it").click()
        expect(visit.page.get_by_role("heading", name="This album is empty")).to_be_visible()
        visit.page.evaluate(DROP, ["Fallen.png", base64.b64encode(picture()).decode()])
        visit.see("Fallen")
        expect(visit.page.get_by_text("only you see it")).to_be_visible()
        album = member.ok("GET", "/api/photos")["items"][0]["album_title"]
        assert album == "Dropped here"


def test_what_cannot_be_added_says_why(browser: Browser, site: Site, member: Member, tmp_path: Path) -> None:
    text, freight = tmp_path / "notes.txt", tmp_path / "freight.png"
    text.write_text("not a picture")
    freight.write_bytes(b"PK\x03\x04" + bytes(500))
    with visiting(browser, site.url, DESKTOP) as visit:
        visit.open("/mine")
        visit.sign_in(name_of(member))
        visit.add(text, freight)
        uploads = visit.page.get_by_role("region", name="Uploads")
        expect(uploads.get_by_text("Only JPEG, PNG and WebP pictures can be added.")).to_be_visible()
        expect(uploads.get_by_text("Freight.png is not a JPEG, PNG or WebP picture.")).to_be_visible()
        expect(uploads.get_by_role("heading", name="2 not added")).to_be_visible()


def test_a_photo_is_renamed_and_deleted(browser: Browser, site: Site, member: Member) -> None:
    member.photo("Plain.png")
    with visiting(browser, site.url, DESKTOP) as visit:
        visit.open("/mine")
        visit.sign_in(name_of(member))
        visit.see("Plain")
        visit.show("Plain")
        visit.page.keyboard.press("i")
        visit.page.get_by_role("button", name="Change the title").click()
        visit.page.get_by_role("textbox", name="Title").fill("Fancy")
        visit.page.keyboard.press("Enter")
        visit.expect_shown("Fancy")
        visit.page.get_by_role("button", name="Delete", exact=True).click()
        visit.page.get_by_role("dialog", name="Delete this photo?").get_by_role("button", name="Delete").click()
        expect(visit.page.get_by_text("“Fancy” is deleted.")).to_be_visible()
        expect(visit.page.get_by_role("heading", name="Nothing of yours yet")).to_be_visible()


def test_the_theme_is_chosen_and_kept(browser: Browser, site: Site) -> None:
    with visiting(browser, site.url, DESKTOP) as visit:
        visit.open()
        visit.join(f"t{uuid.uuid4().hex[:8]}", "Theme")
        ground = lambda: visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")  # noqa: E731
        light = ground()
        visit.page.get_by_role("button", name=re.compile("^Colours: as the system")).click()
        visit.page.get_by_role("button", name=re.compile("^Colours: light")).click()
        assert ground() != light
        visit.reload()
        expect(visit.page.get_by_role("button", name=re.compile("^Colours: dark"))).to_be_visible()
        assert ground() != light


def test_a_wrong_password_says_so(browser: Browser, site: Site) -> None:
    with visiting(browser, site.url, PHONE) as visit:
        visit.open()
        visit.page.get_by_label("User name").fill("nobody")
        visit.page.get_by_label("Password").fill("not the password")
        visit.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(visit.page.get_by_role("alert")).to_have_text("The user name or the password is wrong.")


def test_a_link_that_was_used(browser: Browser, site: Site) -> None:
    with visiting(browser, site.url, PHONE) as visit:
        visit.open("/login/max#made-up")
        expect(visit.page.get_by_role("heading", name="This link does not work")).to_be_visible()
        assert visit.page.url.endswith("/login/max"), "the token has left the address"
