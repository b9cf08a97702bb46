"""Files that several layers have at one place: once on disk, and nothing of a layer changes by it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.native.image.store.samefiles import LEAST, share

BIG = b"x" * LEAST
TIME = 1_700_000_000_000_000_000


def layer(folder: Path, *names: str, content: bytes = BIG) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o644)
        os.utime(path, ns=(TIME, TIME))
    return folder


def seen(root: Path) -> dict[str, object]:
    """All that a program in a container could see of it, but for the number of links."""
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        info = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(root))] = (info.st_mode, info.st_uid, info.st_size, info.st_mtime_ns, content)
    return found


def test_a_file_that_is_the_same_in_every_way_is_there_once(tmp_path: Path) -> None:
    old, new = layer(tmp_path / "old", "usr/lib/big.so"), layer(tmp_path / "new", "usr/lib/big.so", "usr/lib/own.so")
    before = seen(new)
    assert share(new, [old, new]) == LEAST
    assert (new / "usr/lib/big.so").samefile(old / "usr/lib/big.so")
    assert seen(new) == before, "the times of its directories too"
    assert share(new, [old]) == 0


def _mode(path: Path) -> None:
    path.chmod(0o600)


def _time(path: Path) -> None:
    os.utime(path, ns=(TIME, TIME + 1))


def _content(path: Path) -> None:
    path.write_bytes(b"y" + BIG[1:])
    os.utime(path, ns=(TIME, TIME))


def _attribute(path: Path) -> None:
    os.setxattr(path, "user.containers.override_stat", b"0:0:0100755")


@pytest.mark.parametrize("change", [_mode, _time, _content, _attribute])
def test_one_difference_keeps_them_apart(tmp_path: Path, change: Callable[[Path], None]) -> None:
    old, new = layer(tmp_path / "old", "big"), layer(tmp_path / "new", "big")
    change(new / "big")
    assert share(new, [old]) == 0
    assert not (new / "big").samefile(old / "big")


def test_another_place_is_not_shared_and_small_files_are_left_alone(tmp_path: Path) -> None:
    """One image may show both places, and cron refuses tables with two links."""
    old = layer(tmp_path / "old", "a/big")
    layer(old, "etc/crontab", content=BIG[1:])
    new = layer(tmp_path / "new", "b/big")
    layer(new, "etc/crontab", content=BIG[1:])
    assert share(new, [old]) == 0


def test_links_do_not_lead_out_of_a_layer(tmp_path: Path) -> None:
    """A layer whose directory is a link to this machine's own shares nothing with it; nor does a link for a file."""
    host = layer(tmp_path / "host", "big")
    old, new = tmp_path / "old", layer(tmp_path / "new", "etc/big")
    old.mkdir()
    (old / "etc").symlink_to(host)
    assert share(new, [old]) == 0
    (old / "etc").unlink()
    (old / "etc").mkdir()
    (old / "etc/big").symlink_to(host / "big")
    assert share(new, [old]) == 0


def test_hard_links_of_a_layer_stay_what_they_are(tmp_path: Path) -> None:
    old, new = layer(tmp_path / "old", "one", "two"), layer(tmp_path / "new", "one")
    (new / "two").hardlink_to(new / "one")
    assert share(new, [old]) == 0
    assert (new / "one").samefile(new / "two")
