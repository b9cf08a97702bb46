"""The gallery's development form on the native engine, and real browsers at two sizes.

LONGSHORE_PAGES_URL names a gallery that runs already, to try pages against it; tests that change code then skip.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.gallery_stack import PASSWORD, Gallery, Member, started

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = ROOT / "test-artefacts" / "pages"
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
QUIET = (
    "--no-sandbox",  # Chromium's own sandbox refuses root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True)
class Size:
    """A screen to try a page at."""

    name: str
    width: int
    height: int
    touch: bool


DESKTOP = Size("desktop", 1280, 800, touch=False)
PHONE = Size("phone", 390, 844, touch=True)
LOOKS = pytest.mark.parametrize(
    ("size", "colours"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"]
)
"""Both sizes and both sets of colours in two visits: neither changes what the other does."""


@dataclass(frozen=True)
class Site:
    """Where the gallery is; `stack` is None when somebody else started it."""

    url: str
    stack: Gallery | None

    def own(self) -> Gallery:
        if self.stack is None:
            pytest.skip("LONGSHORE_PAGES_URL names a gallery whose code is not ours to change")
        return self.stack


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if url := os.environ.get("LONGSHORE_PAGES_URL"):
        yield Site(url, None)
        return
    with started("me", request, tmp_path_factory.mktemp("pages"), "development") as stack:
        yield Site(stack.address, stack)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    found = next((path for path in BROWSERS if Path(path).exists()), None) or shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium; install it with: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    api.expect.set_options(timeout=20_000)  # machines that build and test at once are slow
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield launched
        launched.close()


@pytest.fixture
def member(site: Site) -> Member:
    """Somebody of this test alone, through the API."""
    return Member(site.url).enter(f"member-{uuid.uuid4().hex[:8]}")


def name_of(member: Member) -> str:
    return str(member.ok("GET", "/api/auth/me")["username"])


__all__ = ["ARTEFACTS", "DESKTOP", "LOOKS", "PASSWORD", "PHONE", "ROOT", "Site", "Size", "name_of"]
