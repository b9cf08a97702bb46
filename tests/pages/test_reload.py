"""A change of code, on either side, is seen without a manual reload."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.pages.conftest import DESKTOP, Site
from tests.pages.visit import Visit, visiting

pytestmark = [pytest.mark.pages, pytest.mark.e2e, pytest.mark.timeout(900)]

MARK = "window.stillTheSamePage"


def mark(visit: Visit) -> None:
    visit.page.evaluate(f"{MARK} = true")


def is_same_page(visit: Visit) -> bool:
    return bool(visit.page.evaluate(f"{MARK} === true"))


def test_the_front_end_changes_under_ones_eyes(browser: Browser, site: Site) -> None:
    stack = site.own()
    with visiting(browser, site.url, DESKTOP) as visit:
        visit.open()
        visit.page.get_by_label("User name").fill("half typed")
        mark(visit)
        began = time.monotonic()
        stack.edit("front/src/pages/sign-in.tsx", '"A quiet place for photos"', '"A place for quiet photos"')
        try:
            expect(visit.page.get_by_role("heading", level=1)).to_have_text("A place for quiet photos", timeout=10_000)
            print(f"front end: saved to seen in {(time.monotonic() - began) * 1000:.0f} ms")
            assert is_same_page(visit)
            expect(visit.page.get_by_label("User name")).to_have_value("half typed")
        finally:
            stack.edit("front/src/pages/sign-in.tsx", '"A place for quiet photos"', '"A quiet place for photos"')


def test_the_back_end_changes_behind_the_page(browser: Browser, site: Site) -> None:
    stack = site.own()
    old, new = '"the user name or the password is wrong"', '"no, that is not it"'
    with visiting(browser, site.url, DESKTOP) as visit:
        visit.open()
        visit.page.get_by_label("User name").fill("nobody")
        visit.page.get_by_label("Password").fill("not the password")
        mark(visit)
        stack.edit("backend/app/routes/auth.py", old, new)
        try:
            deadline = time.monotonic() + 15
            while visit.page.get_by_role("alert").all_inner_texts() != ["No, that is not it."]:
                assert time.monotonic() < deadline
                visit.page.get_by_role("button", name="Sign in", exact=True).click()
                visit.page.wait_for_timeout(1500)  # no more than the login's rate limit allows
            assert is_same_page(visit)
        finally:
            stack.edit("backend/app/routes/auth.py", new, old)
