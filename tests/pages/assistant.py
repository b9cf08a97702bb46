"""What a person does on the dashboard's pages, in the page's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.e2e.assistant_stack import Assistant
from tests.pages.conftest import Size
from tests.pages.visit import Visit, visiting

__all__ = ["at_the_dashboard", "go", "say", "sign_in", "the_story"]


@contextmanager
def at_the_dashboard(browser: Browser, stack: Assistant, size: Size, colours: str = "light") -> Iterator[Visit]:
    """The overview, with its figures there."""
    with visiting(browser, stack.address("frontend", 3000), size, colours) as visit:
        visit.open()
        if stack.form == "production":
            sign_in(visit.page, stack.setting("DASHBOARD_PASSWORD"))
        expect(visit.page.get_by_text("Telegram bot: connected")).to_be_visible(timeout=60_000)
        yield visit


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Password of the dashboard").fill(password)
    page.get_by_role("button", name="Sign in").click()


def go(page: Page, place: str) -> None:
    page.get_by_role("navigation", name="Places").get_by_role("link", name=place).click()
    expect(page.get_by_role("heading", level=1, name=place)).to_be_visible(timeout=60_000)


def say(page: Page, text: str) -> None:
    """In the chat on the web, by keys alone."""
    field = page.get_by_role("textbox", name="Message")
    field.fill(text)
    field.press("Enter")


def the_story(visit: Visit, stack: Assistant, person: int, word: str) -> None:
    """Somebody talks to the bot on Telegram; it stands in the dashboard, which goes on showing it; then the chat."""
    page = visit.page
    stack.write(person, f"Where is the {word}?")
    latest = page.get_by_role("link", name=f"Where is the {word}?")
    expect(latest).to_be_visible()  # nobody has reloaded
    visit.keep("1-overview")
    latest.click()
    dialogue = page.get_by_role("region", name=f"Dialogue with Person {person}")
    expect(dialogue.get_by_text(f"Where is the {word}?")).to_be_visible(timeout=60_000)
    expect(dialogue.get_by_text("I am offline: no language model is connected")).to_be_visible()
    stack.write(person, f"And the other {word}?")
    expect(dialogue.get_by_text(f"And the other {word}?")).to_be_visible()
    expect(dialogue.get_by_text("offline: no language model", exact=False)).to_have_count(4)
    visit.keep("2-dialogue")
    go(page, "Chat")
    say(page, f"Hello from the {word}")
    messages = page.get_by_role("region", name="Messages")
    expect(messages.get_by_text(f"Hello from the {word}")).to_be_visible()
    expect(messages.get_by_text("I am offline")).to_be_visible()
    visit.keep("3-chat")
    visit.reload()
    expect(page.get_by_role("region", name="Messages").get_by_text(f"Hello from the {word}")).to_be_visible()
