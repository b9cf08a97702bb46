"""The assistant's dashboard in real browsers, in development form on the native engine: the story at two sizes, nothing
in anyone's way, figures, search, the API away, reload under one's eyes."""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.assistant_stack import Assistant, started
from tests.e2e.private import ROOT
from tests.pages.assistant import at_the_dashboard, go, say, the_story
from tests.pages.conftest import DESKTOP, LOOKS, PHONE, Size
from tests.pages.visit import Visit, visiting

pytestmark = [pytest.mark.pages, pytest.mark.e2e, pytest.mark.timeout(1500)]

MOST_SAVES = 6
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NAME_OF_FOCUSED = """(e => e.getAttribute("aria-label") ?? e.closest("label")?.textContent ?? e.textContent)
    (document.activeElement)"""
SHIFTS = """() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; })
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 300);
})"""


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with started("me", request, tmp_path_factory.mktemp("pages"), "development") as running:
        assert running.inside("telegram", "python", "/stand-in/visit.py").code == 0
        for page in ("/dialogues", "/chat"):  # compiled once, before anybody waits for them
            running.front.ask("GET", page)
        yield running


@pytest.fixture(scope="module")
def axe(stack: Assistant) -> str:
    return stack.inside("frontend", "cat", "node_modules/axe-core/axe.min.js").out


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=lambda size: size.name)
def test_who_talks_to_the_bot_is_seen_and_the_web_is_answered(browser: Browser, stack: Assistant, size: Size) -> None:
    with at_the_dashboard(browser, stack, size) as visit:
        the_story(visit, stack, 300 + size.width, f"harbour{uuid.uuid4().hex[:6]}")
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing to scroll sideways"


def objections(visit: Visit, axe: str) -> list[str]:
    """What axe finds on the page as it stands, a line each."""
    visit.page.wait_for_timeout(400)
    visit.page.evaluate(axe)
    found = visit.page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    assert found["passes"], "axe looked at nothing"
    return [f"{b['id']}: {b['help']}: {n['html'][:160]}" for b in found["violations"] for n in b["nodes"]]


@LOOKS
def test_no_page_stands_in_anyones_way(browser: Browser, stack: Assistant, axe: str, size: Size, colours: str) -> None:
    found: dict[str, list[str]] = {}
    with at_the_dashboard(browser, stack, size, colours) as visit:
        page = visit.page
        expect(page.get_by_text("Katherine Johnson").first).to_be_visible()
        found["overview"] = objections(visit, axe)
        page.get_by_text("As a table").first.click()
        found["table"] = objections(visit, axe)
        visit.keep("overview")
        go(page, "Dialogues")
        page.get_by_role("searchbox").fill("nanosecond")
        expect(page.get_by_role("list").get_by_role("link")).to_have_count(1)
        found["list"] = objections(visit, axe)
        page.get_by_role("link", name=re.compile("Grace Hopper")).click()
        expect(page.get_by_role("region", name="Dialogue with Grace Hopper")).to_be_visible()
        found["dialogue"] = objections(visit, axe)
        visit.keep("dialogue")
        go(page, "Chat")
        found["chat"] = objections(visit, axe)
        say(page, "Hello")
        expect(page.get_by_role("region", name="Messages").get_by_text("I am offline")).to_be_visible()
        found["answer"] = objections(visit, axe)
        visit.keep("chat")
        visit.open("/nothing")
        found["nothing"] = objections(visit, axe)
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_nothing_moves_while_it_loads(browser: Browser, stack: Assistant) -> None:
    for size in (DESKTOP, PHONE):
        with at_the_dashboard(browser, stack, size) as visit:
            expect(visit.page.get_by_text("Katherine Johnson").first).to_be_visible()
            assert visit.page.evaluate(SHIFTS) < 0.05, size.name


def test_everything_is_reached_by_the_tab_key(browser: Browser, stack: Assistant) -> None:
    with at_the_dashboard(browser, stack, DESKTOP) as visit:
        page = visit.page
        expect(page.get_by_text("Katherine Johnson").first).to_be_visible()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        reached: set[str] = set()
        for _ in range(14):
            page.keyboard.press("Tab")
            reached.add(page.evaluate(NAME_OF_FOCUSED))
        assert {"Overview", "Dialogues", "Chat", "7 days", "As a table", "All dialogues"} <= reached


def test_figures_search_and_the_choice_of_days(browser: Browser, stack: Assistant) -> None:
    with at_the_dashboard(browser, stack, DESKTOP) as visit:
        page = visit.page
        page.get_by_role("radio", name="30 days").check()
        expect(page.get_by_role("radio", name="30 days")).to_be_checked()
        expect(page.get_by_text(re.compile("in the 30 days before")).first).to_be_visible()
        page.get_by_text("As a table").first.click()
        expect(page.get_by_role("region", name="Questions a day, as a table").get_by_role("row")).to_have_count(31)
        go(page, "Dialogues")
        page.get_by_role("searchbox").fill("nobody said this")
        expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_the_server_is_away_and_comes_back(browser: Browser, stack: Assistant) -> None:
    with at_the_dashboard(browser, stack, DESKTOP) as visit:
        page = visit.page
        expect(page.get_by_text("Katherine Johnson").first).to_be_visible()
        assert stack.run("stop", "api").code == 0
        stale = page.get_by_text(re.compile("does not answer|broke|tries again"))
        expect(stale.first).to_be_visible(timeout=30_000)
        expect(page.get_by_text("Katherine Johnson").first).to_be_visible()  # what was shown stays
        assert stack.run("start", "api").code == 0
        expect(stale).to_have_count(0, timeout=60_000)
        visit.complaints.clear()  # of what was away


def save_until_seen(stack: Assistant, file: str, change: Locator) -> None:
    """A page that has only just come hears of changes a moment later: the same is saved again."""
    path = stack.shore.folder / file
    for _ in range(MOST_SAVES):
        with contextlib.suppress(AssertionError):
            expect(change).to_be_visible(timeout=10_000)
            return
        path.write_text(path.read_text())
    expect(change).to_be_visible()


def test_the_front_end_changes_under_ones_eyes(browser: Browser, stack: Assistant) -> None:
    file, old, new = "frontend/src/components/chat.tsx", "Ask the assistant", "Ask away"
    with visiting(browser, stack.address("frontend", 3000), DESKTOP) as visit:
        page = visit.page
        visit.open("/chat")
        expect(page.get_by_role("heading", name=old)).to_be_visible(timeout=60_000)
        page.get_by_role("textbox", name="Message").fill("half typed")
        page.evaluate("window.stillTheSamePage = true")
        stack.edit(file, old, new)
        try:
            save_until_seen(stack, file, page.get_by_role("heading", name=new))
            assert page.evaluate("window.stillTheSamePage === true")
            expect(page.get_by_role("textbox", name="Message")).to_have_value("half typed")
        finally:
            stack.edit(file, new, old)


def test_the_picture_of_the_readme_is_of_this_dashboard() -> None:
    assert (ROOT / "stacks/assistant/picture.png").stat().st_size < 150_000
