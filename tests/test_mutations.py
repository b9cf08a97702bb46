"""The mutations that `scripts/mutate` makes: what it would change is there, and every changed file can be read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import longshore

ROOT = Path(__file__).parents[1]
SOURCE = Path(longshore.__file__).parent


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "scripts"), *sys.path])


def test_what_lived_once_can_still_be_asked() -> None:
    from mutating.changes import mutations, text_of, written
    from mutating.rooms import NAMED

    assert len(NAMED) >= 9
    for one in NAMED:
        changed = written(SOURCE / one.file, *one[1:])
        assert text_of(changed) != changed.file.read_text()
        compile(text_of(changed), one.file, "exec")
        assert one.where in {other.where for other in mutations(changed.file)}, "a function that is there"


def test_each_changes_one_place(tmp_path: Path) -> None:
    from mutating.changes import mutations, text_of

    file = tmp_path / "a.py"
    file.write_text("def f(a: int | None = 1, b=True):\n    return a == 2 and not b or a - 3\n")
    head = "def f(a: int | None=1, b=True):\n    return "
    assert [text_of(one).removeprefix(head) for one in mutations(file)][2:] == [
        "a - 3", "a == 2 and (not b)", "not b or a - 3", "a == 2 or a - 3", "a != 2 and (not b) or a - 3",
        "a == 3 and (not b) or a - 3", "a == 2 and b or a - 3", "a == 2 and (not b) or a",
        "a == 2 and (not b) or a - 4",
    ]  # fmt: skip
    assert {one.where for one in mutations(file)} == {"f"}


def test_each_room_has_its_files() -> None:
    from mutating.rooms import ROOMS

    assert len(ROOMS) == 19
    for names in ROOMS.values():
        assert all((SOURCE / name).exists() for name in names)


def test_what_is_told_to_change_nothing_is_still_there() -> None:
    from mutating.changes import mutations
    from mutating.rooms import EQUIVALENT

    for one in EQUIVALENT:
        found = {(other.where, other.before, other.after) for other in mutations(SOURCE / one.file)}
        assert (one.where, one.before, one.after) in found, one
        assert one.why
