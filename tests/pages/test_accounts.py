"""A person's way through the accounts stack, at a desk and on a phone: join, follow the mail, show a picture, be found.

LONGSHORE_ACCOUNTS_URL and LONGSHORE_ACCOUNTS_MAIL name a stack that runs already."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.accounts_stack import PASSWORD, Person, started
from tests.e2e.gallery_stack import picture, until
from tests.pages.conftest import LOOKS, PHONE, Size
from tests.pages.test_accessibility import objections
from tests.pages.visit import Visit, visiting

pytestmark = [pytest.mark.pages, pytest.mark.e2e, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Where:
    pages: str
    mail: str


@pytest.fixture(scope="module")
def where(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Where]:
    pages, mail = os.environ.get("LONGSHORE_ACCOUNTS_URL"), os.environ.get("LONGSHORE_ACCOUNTS_MAIL")
    if pages and mail:
        yield Where(pages, mail)
        return
    with started("me", request, tmp_path_factory.mktemp("accounts"), "development") as stack:
        yield Where(stack.address, f"http://127.0.0.1:{stack.port('mail', 8025)}")


def link_in_mail(where: Where, email: str, path: str) -> str:
    """The link's path and secret, once the mail is there."""
    person = Person(where.pages, mail=where.mail, email=email)
    mail = until(lambda: [mail for mail in person.mails() if f"{path}#" in mail["text"]], 60)[0]
    found = re.search(rf"{path}#\S+", mail["text"])
    assert found
    return found[0]


def sign_in(visit: Visit, email: str, password: str = PASSWORD) -> None:
    visit.page.get_by_label("E-mail").fill(email)
    visit.page.get_by_label("Password", exact=True).fill(password)
    visit.page.get_by_role("button", name="Sign in").click()


@LOOKS
def test_join_follow_the_mail_show_oneself_and_be_found(
    browser: Browser, where: Where, tmp_path: Path, size: Size, colours: str
) -> None:
    word = uuid.uuid4().hex[:6]
    name, email = f"Ada {word.title()}", f"ada-{word}@example.com"
    photo = tmp_path / "me.png"
    photo.write_bytes(picture(400, 300))
    found: dict[str, list[str]] = {}
    with visiting(browser, where.pages, size, colours) as visit:
        page = visit.page
        visit.open()
        expect(page.get_by_role("heading", level=1)).to_have_text("Welcome back")
        found["entrance"] = objections(visit)
        visit.keep("accounts-1-entrance")
        page.get_by_role("link", name="Make an account").click()
        page.get_by_label("Name").fill(name)
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        found["joining"] = objections(visit)
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
        found["mail sent"] = objections(visit)
        page.get_by_role("link", name="Sign in").click()
        sign_in(visit, email)
        expect(page.get_by_role("alert")).to_contain_text("the address is not verified")

        visit.open(link_in_mail(where, email, "/verify"))
        expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()
        assert "#" not in page.url, "the secret has left the address"
        page.get_by_role("link", name="Sign in").click()
        sign_in(visit, email)
        places = page.get_by_role("navigation", name="Places")
        places.get_by_role("link", name="Your profile").click()
        page.get_by_label("What you do").fill(f"Analyst {word}")
        page.get_by_role("textbox", name="Place").fill("London")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Add a picture").click()
        chooser.value.set_files(photo)
        expect(page.get_by_role("img", name=f"{name}’s picture")).to_be_visible()
        found["profile"] = objections(visit)
        visit.keep("accounts-2-profile")

        places.get_by_role("link", name="People").click()
        page.get_by_role("searchbox", name="Search people").fill(f"analyst {word}")
        expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
        visit.keep("accounts-3-found")
        found["people"] = objections(visit)
        visit.reload()
        page.get_by_role("main").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        found["person"] = objections(visit)
        visit.keep("accounts-4-person")
        page.get_by_role("link", name="People").first.click()
        page.get_by_role("searchbox", name="Search people").fill("nobody has this name")
        expect(page.get_by_role("heading", name="Nobody found")).to_be_visible()
        found["nobody"] = objections(visit)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Welcome back")
    assert {place: lines for place, lines in found.items() if lines} == {}


def test_a_forgotten_password(browser: Browser, where: Where) -> None:
    person = Person(where.pages, mail=where.mail).join("Forgetful")
    with visiting(browser, where.pages, PHONE) as visit:
        page = visit.page
        visit.open("/forgot")
        page.get_by_label("E-mail").fill(person.email)
        page.get_by_role("button", name="Send the mail").click()
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
        visit.open(link_in_mail(where, person.email, "/reset"))
        page.get_by_label("Password", exact=True).fill("another horse battery")
        page.get_by_role("button", name="Set the password").click()
        expect(page.get_by_text("The new password holds")).to_be_visible()
        sign_in(visit, person.email)
        expect(page.get_by_role("alert")).to_have_text("The address or the password is wrong.")
        sign_in(visit, person.email, "another horse battery")
        expect(page.get_by_role("heading", level=1)).to_have_text("People")
