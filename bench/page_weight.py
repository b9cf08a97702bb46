"""The first page of stacks/gallery in its production form, opened in Chromium: what comes over the wire, file by file,
and whether what is named by its content is kept for good.

    .venv/bin/python bench/page_weight.py

Bytes are those of the answers as Chromium counts them: headers and (compressed) body. Exit code 1 over the bar."""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Request, sync_playwright
from tests.e2e.gallery_stack import FORMS, Gallery, copy_of_the_stack, write_env
from tests.pages.conftest import BROWSERS, QUIET
from tests.shore import Shore

from bench.machine import table

BAR = 200_000
HASHED = re.compile(r"/assets/[^/]+-[\w-]{8,}\.\w+$")
KEPT = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Loaded:
    """One answer: its path, its bytes over the wire, and what its headers say."""

    path: str
    size: int
    encoding: str
    caching: str


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        home = Path(name)
        home.chmod(0o755)
        shore = Shore(copy_of_the_stack(home / "tree"), home, project="gallery")
        write_env(shore.folder)
        stack = Gallery(shore, *FORMS["production"])
        try:
            stack.up("--build")
            files = first_visit(stack.address)
            assert any(HASHED.search(file.path) for file in files), "no asset was loaded"
        finally:
            stack.run("down", "-v", "-t", "5")
    total = sum(file.size for file in files)
    rows = [[file.path, f"{file.size:,}", file.encoding, file.caching] for file in files]
    title = "The first page of stacks/gallery, production form, in Chromium"
    table(
        "page-weight",
        title,
        ["what", "bytes over the wire", "encoding", "cache-control"],
        [*rows, ["all", f"{total:,}", "", ""], ["bar", f"{BAR:,}", "", f"{KEPT} for every file of /assets/"]],
    )
    return 0 if total <= BAR and all(is_kept(file) for file in files) else 1


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
    """Below /assets/ everything is named by its content and kept for good."""
    return not file.path.startswith("/assets/") or bool(HASHED.search(file.path) and file.caching == KEPT)


if __name__ == "__main__":
    sys.exit(main())
