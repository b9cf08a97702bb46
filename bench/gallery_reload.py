"""A saved file of stacks/gallery in its development form: from the save to where it is seen, under the native engine
and with the same services as bare processes. The two take turns in one run.

Back end: until an answer of uvicorn --reload shows it. Front end: until a page that is open in Chromium shows it, with
no reload by hand; the page itself notes the time, by a MutationObserver.

    .venv/bin/python bench/gallery_reload.py [--edits 10]

Run it as root and as an ordinary user: the results are kept apart."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Page, sync_playwright
from tests.e2e.gallery_stack import FORMS, Gallery, copy_of_the_stack
from tests.pages.conftest import BROWSERS, QUIET
from tests.shore import Shore

from bench.bare import ask, wait_for
from bench.gallery_bare import running
from bench.machine import median, table, whom

BAR = "0.8 to 1.2"
PROJECT = "gallery-dev"
API_FILE, API_TEXT = "backend/app/routes/health.py", '@router.get("/health/live")\nasync def live() -> dict[str, str]:'
API_QUESTION = b"GET /health/live HTTP/1.0\r\nHost: localhost\r\n\r\n"
PAGE_FILE, PAGE_TEXT = "front/src/pages/sign-in.tsx", "A quiet place for photos"
REST_SECONDS = 1.0
"""Between edits, so that each finds a server that has settled."""

NOTE_WHEN_SEEN = """mark => { window.seen = new Promise(resolve => {
  const look = () => document.body.innerText.includes(mark) && resolve(performance.timeOrigin + performance.now());
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}) }"""


@dataclass
class Side:
    """One of the two: its tree, the port of its back end, and its page in the browser."""

    folder: Path
    api_port: int
    page: Page

    def back_end(self, number: int) -> float:
        """Seconds from the save to the first answer that shows it; then the file is as it was."""
        mark = f"edit-{number}-{time.monotonic_ns()}"

        def seen() -> None:
            wait_for(lambda: mark.encode() in ask(self.api_port, API_QUESTION))

        def settled() -> None:
            wait_for(lambda: b'"ok"' in ask(self.api_port, API_QUESTION))

        path = self.folder / API_FILE
        text = path.read_text()
        head, found, tail = text.partition(API_TEXT)
        assert found, f"{API_FILE} has changed"
        began = time.perf_counter()
        path.write_text(head + found + tail.replace('"ok"', f'"{mark}"', 1))
        seen()
        seconds = time.perf_counter() - began
        restore(path, text, settled)
        return seconds

    def front_end(self, number: int) -> float:
        """Seconds from the save to when the open page shows it; then the file is as it was."""
        mark = f"Edit {number} of this run"
        path = self.folder / PAGE_FILE
        text = path.read_text()
        assert PAGE_TEXT in text, f"{PAGE_FILE} has changed"
        self.page.evaluate(NOTE_WHEN_SEEN, mark)
        began = time.time()
        path.write_text(text.replace(PAGE_TEXT, mark))
        seconds = float(self.page.evaluate("window.seen")) / 1000 - began
        restore(path, text, lambda: self.page.get_by_text(PAGE_TEXT).wait_for())
        return seconds


def restore(path: Path, text: str, settled: Callable[[], None]) -> None:
    time.sleep(REST_SECONDS)
    path.write_text(text)
    settled()
    time.sleep(REST_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        Path(name).chmod(0o755)
        rows = measure(Path(name), args.edits)
    short, long = whom()
    table(
        f"gallery-reload-{short}",
        f"Edit to visible, stacks/gallery, as {long}",
        ["what", "bare processes", "native engine", f"ratio, median of {args.edits} pairs", "bar"],
        rows,
    )


def measure(home: Path, edits: int) -> list[list[str]]:
    """Two copies of the tree, so that an edit of one is not seen by the other; two sets of volumes."""
    first, second = (
        Gallery(Shore(copy_of_the_stack(home / name / "tree"), home / name, project=PROJECT), *FORMS["development"])
        for name in ("bare", "shore")
    )
    with ExitStack() as stack:
        for each in (first, second):
            stack.callback(each.run, "down", "-v", "-t", "5")
        first.up("--build")
        assert first.run("down").code == 0
        second.up()
        folder, volumes = first.shore.folder, home / "bare/data/longshore/volumes"
        bare = stack.enter_context(running(folder, "development", volumes, first.shore.cache, home))
        open_page = stack.enter_context(chromium())
        by_hand = Side(folder, bare.api_port, open_page(f"http://127.0.0.1:{bare.port}"))
        by_shore = Side(second.shore.folder, second.port("backend", 8000), open_page(second.address))
        return [
            row("back end: uvicorn --reload", by_hand.back_end, by_shore.back_end, edits),
            row("front end: Vite, in Chromium", by_hand.front_end, by_shore.front_end, edits),
        ]


@contextmanager
def chromium() -> Iterator[Callable[[str], Page]]:
    """A function that opens a page in a profile of its own."""
    found = next(path for path in BROWSERS if Path(path).exists())
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=found, args=list(QUIET)) as chrome:

        def open_page(url: str) -> Page:
            page = chrome.new_page()
            page.goto(url)
            page.get_by_text(PAGE_TEXT).wait_for()
            return page

        yield open_page


def row(what: str, by_hand: Callable[[int], float], by_shore: Callable[[int], float], edits: int) -> list[str]:
    """The two take turns; the first of each, which finds everything cold, does not count."""
    pairs = [(by_hand(number), by_shore(number)) for number in range(edits + 1)][1:]
    hand, shore = (median(side) for side in zip(*pairs, strict=True))
    ratio = median([shore / hand for hand, shore in pairs])
    return [what, f"{hand * 1000:.0f} ms", f"{shore * 1000:.0f} ms", f"{ratio:.2f}", BAR]


if __name__ == "__main__":
    main()
