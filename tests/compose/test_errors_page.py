"""The page of mistakes: our side of it is what shore says now."""

from __future__ import annotations

import runpy
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/errors_page.py"


def test_the_page_is_up_to_date() -> None:
    script = runpy.run_path(str(SCRIPT))
    known = script["known_answers"]()
    assert list(known) == [title for title, _ in script["MISTAKES"]]
    assert script["PAGE"].read_text() == script["page"](known), "run: python scripts/errors_page.py"
