"""A step that is carried out again: whether it came to the same; and the moment that a build counts as."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.engine.base import BuildOptions
from longshore.model.errors import ShoreError
from longshore.model.service import Build
from longshore.model.stack import Stack
from longshore.native.image.build.again import same_outcome
from longshore.native.image.build.dated import given_values, source_date

BEGAN = 1_700_000_000_000_000_000
SECOND = 1_000_000_000


def _tree(root: Path, began: int) -> Path:
    """What a step wrote one second after it began, and a file that it copied with its date."""
    (root / "srv/in").mkdir(parents=True)
    (root / "srv/made").write_text("made")
    (root / "srv/copied").write_text("copied")
    (root / "srv/link").symlink_to("made")
    os.link(root / "srv/made", root / "srv/same")
    for path in root.rglob("*"):
        os.utime(path, ns=(began + SECOND,) * 2, follow_symlinks=False)
    os.utime(root / "srv/copied", ns=(BEGAN - 1000 * SECOND,) * 2)
    return root


def test_dates_of_a_step_s_own_writing_do_not_count(tmp_path: Path) -> None:
    later = BEGAN + 50 * SECOND
    old, new = _tree(tmp_path / "old", BEGAN), _tree(tmp_path / "new", later)
    assert same_outcome(old, BEGAN, new, later)


def _older(root: Path) -> None:
    os.utime(root / "srv/copied", ns=(BEGAN - 999 * SECOND,) * 2)


def _unlinked(root: Path) -> None:
    (root / "srv/same").unlink()
    (root / "srv/same").write_text("made")


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda root: (root / "srv/made").write_text("maid"),
    "mode": lambda root: (root / "srv/made").chmod(0o600),
    "one more": lambda root: (root / "srv/in/x").touch(),
    "one less": lambda root: (root / "srv/link").unlink(),
    "attribute": lambda root: os.setxattr(root / "srv/made", "user.a", b"1"),
    "attribute of a directory": lambda root: os.setxattr(root / "srv/in", "user.a", b"1"),
    "date that was given": _older,
    "two files for one": _unlinked,
}


@pytest.mark.parametrize("change", CHANGES)
def test_all_else_counts(tmp_path: Path, change: str) -> None:
    later = BEGAN + 50 * SECOND
    old, new = _tree(tmp_path / "old", BEGAN), _tree(tmp_path / "new", later)
    CHANGES[change](new)
    assert not same_outcome(old, BEGAN, new, later)


def _given(args: dict[str, str | None], options: dict[str, str], environment: dict[str, str]) -> dict[str, str]:
    stack = Stack("p", "/", environment=environment)
    return given_values(Build("/", args=args), BuildOptions(args=options), stack)


def test_the_moment_of_a_build() -> None:
    name = "SOURCE_DATE_EPOCH"
    assert _given({"a": None}, {}, {}) == {}
    assert source_date(_given({}, {}, {name: "5"})) == 5
    assert source_date(_given({name: "6"}, {}, {name: "5"})) == 6
    assert source_date(_given({name: "6"}, {name: "7"}, {name: "5"})) == 7
    assert source_date(_given({}, {}, {name: ""})) is None
    for wrong in ("now", "-1", "1.5", "9" * 20):
        with pytest.raises(ShoreError, match=f"{name}={wrong} is no moment"):
            source_date({name: wrong})
