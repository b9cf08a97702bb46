"""The page of a verification in a browser: at a desk and on a phone, light and dark, by keyboard, on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from longshore.report.verify.forms import rendered
from tests.pages.conftest import DESKTOP, PHONE, Size
from tests.pages.visit import Visit, visiting
from tests.report.verify.sample import REPORT

pytestmark = [pytest.mark.pages, pytest.mark.timeout(120)]

CONTRAST = """() => {
  const channel = c => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4 };
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number);
                       return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b) };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
                        if (!/, 0\\)$/.test(c) && c !== 'transparent') return c } return 'rgb(255,255,255)' };
  const words = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('svg') &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return words.map(e => { const a = light(getComputedStyle(e).color), b = light(behind(e));
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.outerHTML.slice(0, 120)] }).filter(x => x[0] < 4.5) }"""
"""Every element with words of its own whose contrast is below what WCAG AA asks for."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(rendered(REPORT, "html"), encoding="utf-8")
    return file.as_uri()


def asked_for(visit: Visit) -> list[str]:
    """Addresses that the page asks for from now on."""
    found: list[str] = []
    visit.page.on("request", lambda request: found.append(request.url))
    return found


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=lambda size: size.name)
def test_it_is_seen_and_read(browser: Browser, address: str, size: Size, colours: str) -> None:
    with visiting(browser, address, size, colours) as visit:
        page, asked = visit.page, asked_for(visit)
        visit.open("")
        visit.keep("verify-report")
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert page.evaluate("document.title") == "gallery: 2 of 13 fall short"
        assert page.evaluate("document.documentElement.scrollWidth") <= size.width
        assert page.evaluate(CONTRAST) == []
        expect(page.get_by_role("heading", level=1, name="gallery")).to_be_visible()
        expect(page.get_by_role("img", name=re.compile("^Start-up of 5 services"))).to_have_count(1)
        expect(page.get_by_role("img", name=re.compile("^Topology: 5 services"))).to_have_count(1)
        expect(page.get_by_role("img", name="front page of frontend")).to_be_visible()
        assert page.evaluate("document.querySelector('figure img').naturalWidth") == 1280
        assert page.get_by_text("<script>", exact=False).count() > 0


def test_evidence_opens_by_keyboard(browser: Browser, address: str) -> None:
    with visiting(browser, address, DESKTOP) as visit:
        page = visit.page
        visit.open("")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="To the results")).to_be_focused()
        summary = page.locator("#reachable\\.frontend\\.80 > summary")
        evidence = page.locator("#reachable\\.frontend\\.80 pre")
        expect(evidence).to_be_hidden()
        summary.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(evidence).to_be_visible()
        expect(evidence).to_contain_text("Harbour at six")


def test_on_paper_everything_is_unfolded(browser: Browser, address: str) -> None:
    with visiting(browser, address, DESKTOP, "dark") as visit:
        visit.open("")
        visit.page.emulate_media(media="print")
        expect(visit.page.locator("#reachable\\.frontend\\.80 pre")).to_be_visible()
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_what_a_text_holds_is_never_carried_out(browser: Browser, tmp_path: Path) -> None:
    """Even where an escape were forgotten: the page's policy runs no script, and takes no style or address."""
    file = tmp_path / "bad.html"
    attack = "<script>document.title='run'</script><img src='http://127.0.0.1:9/x' onerror=\"document.title='run'\">"
    file.write_text(rendered(REPORT, "html").replace("<footer>", f"<footer>{attack}"), encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    refused: list[str] = []
    page.on("requestfailed", lambda request: refused.append(str(request.failure)))
    page.goto(file.as_uri())
    assert page.title().startswith("gallery")
    assert refused == ["csp"]
    context.close()
