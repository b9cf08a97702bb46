"""axe finds nothing to object to: on every page, at a desk and on a phone, in light and in dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.gallery_stack import Member, picture
from tests.pages.conftest import DESKTOP, LOOKS, Site, Size, name_of
from tests.pages.visit import Visit, visiting

pytestmark = [pytest.mark.pages, pytest.mark.e2e, pytest.mark.timeout(900)]

AXE = "/node_modules/axe-core/axe.min.js"  # a development dependency of the front end, served by its own server
NAME_OF_FOCUSED = "(e => e.getAttribute('aria-label') ?? e.textContent)(document.activeElement)"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def objections(visit: Visit, axe: str = "") -> list[str]:
    """What axe finds on the page as it stands, a line each. `axe` is its source, where the stack serves none."""
    visit.page.wait_for_timeout(400)  # a colour in the middle of a transition is no colour to judge
    if not visit.page.evaluate("typeof axe !== 'undefined'"):
        if axe:
            visit.page.evaluate(axe)
        else:
            visit.page.add_script_tag(url=visit.url + AXE)
    found = visit.page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    assert found["passes"], "axe looked at nothing"
    return [
        f"{broken['id']}: {broken['help']}: {node['html'][:160]}"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]


@LOOKS
def test_no_page_stands_in_anyones_way(browser: Browser, site: Site, member: Member, size: Size, colours: str) -> None:
    title = f"Reachable {name_of(member)}"
    photo = member.photo(f"{title}.png", picture(hue=30))
    member.ok("POST", f"/api/photos/{photo['id']}/comments", {"body": "Well seen."})
    member.ok("PUT", f"/api/photos/{photo['id']}/like")
    found: dict[str, list[str]] = {}
    with visiting(browser, site.url, size, colours) as visit:
        page = visit.page
        visit.open()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        found["entrance"] = objections(visit)
        page.get_by_role("button", name="Make an account").click()
        found["joining"] = objections(visit)
        page.get_by_role("button", name="Sign in", exact=True).click()
        visit.sign_in(name_of(member))
        visit.see(title)
        found["photos"] = objections(visit)
        visit.show(title)
        found["lightbox"] = objections(visit)
        page.keyboard.press("i")
        expect(page.get_by_text("Well seen.")).to_be_visible()
        found["details"] = objections(visit)
        page.get_by_role("button", name="Close details").click()
        page.get_by_role("button", name="Delete", exact=True).click()
        found["question"] = objections(visit)
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.locator(".top").get_by_role("button", name="Add photos").click()
        found["adding"] = objections(visit)
        page.keyboard.press("Escape")
        visit.go("Albums")
        own = page.get_by_role("link", name="My photos 1 photo", exact=True)
        expect(own).to_be_visible()
        found["albums"] = objections(visit)
        own.click()
        visit.see(title)
        found["album"] = objections(visit)
        visit.go("Everyone")
        page.get_by_role("searchbox").fill("nothing has this name")
        expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
        found["nothing found"] = objections(visit)
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_everything_is_reached_by_the_tab_key(browser: Browser, site: Site, member: Member) -> None:
    member.photo("Tabbed.png")
    with visiting(browser, site.url, DESKTOP) as visit:
        visit.open("/mine")
        visit.sign_in(name_of(member))
        visit.see("Tabbed")
        visit.page.evaluate("document.activeElement.blur()")
        visit.page.keyboard.press("Tab")
        expect(visit.page.get_by_role("link", name="Skip to the photos")).to_be_focused()
        reached: set[str] = set()
        for _ in range(14):
            visit.page.keyboard.press("Tab")
            reached.add(
                visit.page.evaluate("(e => e.getAttribute('aria-label') ?? e.textContent)(document.activeElement)")
            )
        assert {"Everyone", "Mine", "Albums", "Liked", "Add photos", "Sign out"} <= reached
        assert any(name.startswith("Tabbed by ") for name in reached)
