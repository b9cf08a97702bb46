"""The first page of a stack in its production form, opened in Chromium: what comes over the wire, file by file, and
whether what is named by its content is kept for good.

    .venv/bin/python bench/page_weight.py [gallery | shop]

Bytes are those of the answers as Chromium counts them: headers and (compressed) body. The shop's shelves are empty, so
that it is its code that is weighed; beside it stands Next.js's own floor: the same image with nothing but a heading in
it. Exit code 1 over the bar."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Request, sync_playwright
from tests.e2e import gallery_stack, shop_stack
from tests.e2e.gallery_stack import Gallery
from tests.pages.conftest import BROWSERS, QUIET
from tests.shore import Shore

from bench.machine import table

BAR = 200_000
OVER_THE_FLOOR = 1.15
"""What a page of Next.js may weigh, as a multiple of an empty one."""
HASHED = re.compile(r"/assets/[^/]+-[\w-]{8,}\.\w+$|/_next/static/.+\.\w+$")
KEPT = "public, max-age=31536000, immutable"
LAYOUT = """export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}
"""
PAGE = "export const dynamic = 'force-dynamic';\nexport default function Page() { return <h1>empty</h1>; }\n"


@dataclass(frozen=True)
class Loaded:
    """One answer: its path, its bytes over the wire, and what its headers say."""

    path: str
    size: int
    encoding: str
    caching: str


def main(name: str) -> int:
    files, bar, more = STACKS[name]()
    total = sum(file.size for file in files)
    rows = [[file.path, f"{file.size:,}", file.encoding, file.caching] for file in files]
    table(
        {"gallery": "page-weight"}.get(name, f"page-weight-{name}"),
        f"The first page of stacks/{name}, production form, in Chromium",
        ["what", "bytes over the wire", "encoding", "cache-control"],
        [
            *rows,
            ["all", f"{total:,}", "", ""],
            *more,
            ["bar", f"{bar:,}", "", f"{KEPT} for every file named by its content"],
        ],
    )
    return 0 if total <= bar and all(is_kept(file) for file in files) else 1


Weighed = tuple[list[Loaded], int, list[list[str]]]
"""What was loaded, the bar, and further rows of the table."""


def gallery() -> Weighed:
    def prepare(folder: Path) -> None:
        gallery_stack.copy_of_the_stack(folder)
        gallery_stack.write_env(folder)

    return weigh("gallery", prepare, *gallery_stack.FORMS["production"]), BAR, []


def shop() -> Weighed:
    def prepare(folder: Path) -> None:
        shop_stack.copy_of_the_stack(folder, "production")

    def empty(folder: Path) -> None:
        prepare(folder)
        app = folder / "frontend/app"
        for path in app.iterdir():
            if path.name != "healthz":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        (app / "layout.tsx").write_text(LAYOUT)
        (app / "page.tsx").write_text(PAGE)

    form = (shop_stack.FORMS["production"], shop_stack.FRONT)
    floor = sum(file.size for file in weigh("floor", empty, *form))
    return (
        weigh("shop", prepare, *form),
        min(BAR, int(floor * OVER_THE_FLOOR)),
        [["an empty page", f"{floor:,}", "", ""]],
    )


STACKS = {"gallery": gallery, "shop": shop}


def weigh(project: str, prepare: Callable[[Path], None], file: str, front: tuple[str, int]) -> list[Loaded]:
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        home = Path(name)
        home.chmod(0o755)
        prepare(home / "tree")
        stack = Gallery(Shore(home / "tree", home, project=project), file, front)
        try:
            stack.up("--build")
            files = first_visit(stack.address)
            assert any(HASHED.search(file.path) for file in files), "nothing named by its content was loaded"
            return files
        finally:
            stack.run("down", "-v", "-t", "5")


def first_visit(url: str) -> list[Loaded]:
    """Everything that an empty profile loads until the page rests."""
    found = next(path for path in BROWSERS if Path(path).exists())
    requests: list[Request] = []
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=found, args=list(QUIET)) as chrome:
        page = chrome.new_page()
        page.on("requestfinished", lambda request: requests.append(request))
        page.goto(url, wait_until="networkidle")
        page.get_by_role("heading", level=1).wait_for()
        return [loaded(request) for request in requests]


def loaded(request: Request) -> Loaded:
    answer = request.response()
    assert answer
    headers, sizes = answer.all_headers(), request.sizes()
    return Loaded(
        urlsplit(request.url).path,
        sizes["responseHeadersSize"] + sizes["responseBodySize"],
        headers.get("content-encoding", ""),
        headers.get("cache-control", ""),
    )


def is_kept(file: Loaded) -> bool:
    """What is named by its content is kept for good; below these folders everything is."""
    return not file.path.startswith(("/assets/", "/_next/static/")) or bool(
        HASHED.search(file.path) and file.caching == KEPT
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["gallery"]))
