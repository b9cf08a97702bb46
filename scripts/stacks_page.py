#!/usr/bin/env python3
"""Writes stacks/README.md from what the tests of the stacks came to, stacks/results.json; `--take` brings in what runs
of tests have left in test-artefacts since; `--check` only says whether the page is up to date."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.rows import ENGINES, NOT_SHOWN, ROWS, marked, noted  # noqa: E402

PAGE, RESULTS = ROOT / "stacks/README.md", ROOT / "stacks/results.json"
HEAD = """\
# The five stacks

Each is a small product of its own and shows one of the five systems that Longshore was made for; `shore new` begins one
of your own with it. The table is made by `scripts/stacks_page.py` from the tests' own results (`results.json`): a test
names the rows that it shows (`@pytest.mark.shows`), its run leaves what became of it, `--take` brings that in.

**holds**: every test of the row passed on that engine; **no**: one failed; **–**: none was played on that engine:
`make test` has time for one or two of each (tests/e2e/who.py plays all). A reason stands where no test shows a row.

An ordinary user's container has one id, so that root's files in an image are not apart from others' natively: what is
not to change is `read_only`, as the shop's front and back end are.

**Podman** (4.3, cgroup v1): images are built by its own builder, a `tmpfs` has Docker's mode, and a read-only container
is as shut as there (`tests/docker/test_podman.py`). A dash in its column: not played yet; `LONGSHORE_TEST_WHO=podman
pytest tests/e2e/test_shop.py` plays one, on the Podman that LONGSHORE_TEST_PODMAN_HOST names or on one of its own.
"""


def take() -> None:
    """Bring the newest outcome of every test on every engine into the results."""
    known = {(one["case"], one["test"], one["engine"]): one for one in json.loads(RESULTS.read_text())}
    for one in noted():
        if one["outcome"] != "skipped":
            key = (one["case"], one["test"], one["engine"])
            known[key] = {name: one[name] for name in ("test", "case", "engine", "outcome", "day")}
    there = {shown.test for shown in marked()}
    kept = sorted((one for one in known.values() if one["test"] in there), key=lambda one: (one["test"], one["case"]))
    RESULTS.write_text("[\n" + ",\n".join(json.dumps(one) for one in kept) + "\n]\n" if kept else "[]\n")


def page() -> str:
    """The whole page."""
    results = json.loads(RESULTS.read_text())
    shown: dict[str, list[str]] = defaultdict(list)
    for one in marked():
        for row in one.rows:
            shown[row].append(one.test)
    parts = [HEAD]
    for stack, rows in ROWS.items():
        titles = ["row", "what is asked", *ENGINES.values(), "shown by"]
        parts.append(f"\n## [{stack}]({stack}/README.md)\n\n| {' | '.join(titles)} |\n|{'---|' * len(titles)}\n")
        for row, text in rows.items():
            cells = [_cell([one for one in results if one["test"] in shown[row] and one["engine"] == engine])
                     for engine in ENGINES]  # fmt: skip
            names = [f"`{test.partition('::')[2]}`" for test in shown[row]]
            parts.append(f"| {row} | {text} | {' | '.join(cells)} | {', '.join(names) or NOT_SHOWN[row]} |\n")
    days = sorted({one["day"] for one in results})
    parts.append(f"\nPlayed {days[0]} to {days[-1]}.\n" if days else "\nNothing has been played yet.\n")
    return "".join(parts)


def _cell(outcomes: list[dict[str, Any]]) -> str:
    if not outcomes:
        return "–"
    return "holds" if all(one["outcome"] == "passed" for one in outcomes) else "no"


if __name__ == "__main__":
    if "--take" in sys.argv:
        take()
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE} is out of date: run scripts/stacks_page.py")
    PAGE.write_text(page())
