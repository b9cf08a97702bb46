"""What a person does on the pages, in the page's own words: by roles and names, as assistive technology finds them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.pages.conftest import ARTEFACTS, PASSWORD, Size

__all__ = ["Visit", "visiting"]

NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
MOST_LOADS = 8
# What the browser says of answers that a test provokes on purpose.
EXPECTED = re.compile(r"Failed to load resource")


@dataclass
class Visit:
    """One person at one screen."""

    page: Page
    size: Size
    url: str
    colours: str = "light"
    complaints: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Requests without an answer; pictures of a page that was left are among them, so it is only told."""

    def open(self, path: str = "/") -> None:
        self._load(lambda: self.page.goto(self.url + path))

    def reload(self) -> None:
        self._load(self.page.reload)

    def _load(self, load: Callable[[], object]) -> None:
        """Chromium drops what it is loading whenever a network interface of the machine comes or goes, as they do
        where stacks are started and stopped: then it is loaded again."""
        for _ in range(MOST_LOADS):
            before = len(self.failed)
            try:
                load()
            except PlaywrightError as error:
                if NETWORK_CHANGED not in str(error):
                    raise
                continue
            if not any(NETWORK_CHANGED in line for line in self.failed[before:]):
                return
        raise AssertionError(f"the network of this machine changed during {MOST_LOADS} loads of the page")

    def sign_in(self, name: str) -> None:
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page.get_by_role("navigation", name="Places")).to_be_visible()

    def join(self, name: str, shown: str) -> None:
        self.page.get_by_role("button", name="Make an account").click()
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label(re.compile("^Name")).fill(shown)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Join").click()
        expect(self.page.get_by_role("navigation", name="Places")).to_be_visible()

    def go(self, place: str) -> None:
        self.page.get_by_role("navigation", name="Places").get_by_role("link", name=place).click()

    def add(self, *files: Path) -> None:
        """By the dialog, into the album it proposes."""
        self.page.locator(".top").get_by_role("button", name="Add photos").click()
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Choose photos").click()
        chooser.value.set_files(list(files))

    def tile(self, title: str) -> Locator:
        return self.page.get_by_role("link", name=re.compile(f"^{re.escape(title)} by "))

    def see(self, title: str) -> None:
        """The thumbnail is there and its picture has really arrived."""
        tile = self.tile(title)
        expect(tile).to_be_visible(timeout=20_000)
        tile.scroll_into_view_if_needed()
        picture = tile.locator("img").element_handle()
        self.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture)

    def show(self, title: str) -> None:
        """In the lightbox."""
        self.tile(title).click()
        self.expect_shown(title)

    def expect_shown(self, title: str) -> None:
        expect(self.page.get_by_role("dialog", name=re.compile(f"^{re.escape(title)}, by "))).to_be_visible()

    def swipe(self, dx: int, dy: int) -> None:
        """One finger over the middle of the screen, through the browser's own input."""
        x, y = self.size.width / 2, self.size.height / 2 - 60
        touch = self.page.context.new_cdp_session(self.page)
        steps = 6
        for step in range(steps + 1):
            kind = "touchStart" if step == 0 else "touchMove"
            place = {"x": x + dx * step / steps, "y": y + dy * step / steps}
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def keep(self, step: str) -> Path:
        """A screenshot, kept as a test artefact."""
        path = ARTEFACTS / f"{self.size.name}-{self.colours}-{step}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(350)  # animations
        self.page.screenshot(path=path, caret="initial")  # hidden by a style, it would be a change of the page
        return path


@contextmanager
def visiting(browser: Browser, url: str, size: Size, colours: str = "light") -> Iterator[Visit]:
    """A fresh browser profile. At the end the page has complained of nothing."""
    context = browser.new_context(
        viewport={"width": size.width, "height": size.height},
        color_scheme="dark" if colours == "dark" else "light",
        has_touch=size.touch,
        is_mobile=size.touch,
        locale="en-GB",
    )
    page = context.new_page()
    visit = Visit(page, size, url, colours)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("requestfailed", lambda request: visit.failed.append(f"{request.url}: {request.failure}"))
    page.on("console", lambda said: said.type in ("error", "warning") and visit.complaints.append(said.text))
    try:
        yield visit
    except BaseException as error:
        visit.keep("failed")
        error.add_note("\n".join(["the page complained of:", *visit.complaints, *visit.failed]))
        raise
    finally:
        context.close()
    assert [said for said in visit.complaints if not EXPECTED.search(said)] == []
