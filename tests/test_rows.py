"""The table of the stacks is in step with the tests that show its rows, and with what those came to."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import rows
from tests.rows import ENGINES, NOT_SHOWN, ROWS, marked, note, noted

ROOT = Path(__file__).parents[1]
KNOWN = {row for of_stack in ROWS.values() for row in of_stack}
RESULTS: list[dict[str, str]] = json.loads((ROOT / "stacks/results.json").read_text())


def test_every_row_is_shown_by_a_test_or_has_its_reason() -> None:
    shown = {row for one in marked() for row in one.rows}
    assert shown <= KNOWN
    assert NOT_SHOWN.keys() == KNOWN - shown


def test_every_stack_has_its_rows() -> None:
    assert sorted(ROWS) == sorted(path.name for path in (ROOT / "stacks").iterdir() if path.is_dir())


def test_results_are_of_tests_that_there_are() -> None:
    assert {one["test"] for one in RESULTS} <= {one.test for one in marked()}
    assert {one["engine"] for one in RESULTS} <= ENGINES.keys()
    assert {one["outcome"] for one in RESULTS} <= {"passed", "failed"}


def test_the_page_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts/stacks_page.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def item(name: str, *shown: str, engine: str = "", **params: str) -> Any:
    mark = SimpleNamespace(args=shown, kwargs={"engine": engine} if engine else {})
    return SimpleNamespace(
        nodeid=f"tests/e2e/test_x.py::{name}", callspec=SimpleNamespace(params=params),
        get_closest_marker=lambda kind: mark if shown and kind == "shows" else None,
    )  # fmt: skip


def report(outcome: str, when: str = "call") -> Any:
    skipped = outcome == "skipped"
    return SimpleNamespace(
        outcome=outcome, when=when, skipped=skipped, longrepr=("f", 1, "no root") if skipped else None
    )


def test_what_became_of_a_test_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "NOTES", tmp_path / "rows")
    note(item("test_a[me]", "A1", who="ordinary user"), report("passed"))
    note(item("test_a[me]", "A1"), report("passed", "setup"))
    note(item("test_b", "A2", engine="docker"), report("failed", "setup"))
    note(item("test_c", "A2", who="docker"), report("skipped", "setup"))
    note(item("test_d"), report("passed"))
    found = [(one["test"].rpartition("::")[2], one["engine"], one["outcome"], one["why"]) for one in noted()]
    assert found == [
        ("test_a", "user", "passed", ""), ("test_b", "docker", "failed", ""),
        ("test_c", "docker", "skipped", "no root"),
    ]  # fmt: skip
