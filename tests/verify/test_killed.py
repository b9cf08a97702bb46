"""Killed at any moment, verify leaves nothing: its keeper removes the copy, or the next verify does."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.shore import Shore
from tests.verify.test_broken import lay_out, nothing_remains

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def digest(folder: Path) -> str:
    """Of every name, mode and content of a tree."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(f"{path.relative_to(folder)} {path.lstat().st_mode}".encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def until(what, within: float = 60.0) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + within
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def copies(shore: Shore) -> list[Path]:
    folder = shore.home / "state/longshore/.verify"
    return list(folder.iterdir()) if folder.is_dir() else []


def keepers(shore: Shore) -> list[int]:
    """The processes that keep watch over copies of this shore."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"__keep" in words and any(word.startswith(bytes(shore.home)) for word in words):
            found.append(int(entry.name))
    return found


MOMENTS = {
    "when the copy begins": lambda shore: bool(copies(shore)),
    "when containers are made": lambda shore: any((c / "note.json").exists() for c in copies(shore)),
    "when it runs": lambda shore: any("container.started" in line or "running" in line for line in states(shore)),
}


def states(shore: Shore) -> list[str]:
    found = (shore.home / "state/longshore").glob("*-fresh-*/state.json")
    return [text for path in found if (text := path.read_text())]


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_remains_of_a_killed_one(moment: str, tmp_path: Path) -> None:
    shore = Shore(lay_out(tmp_path / "tree"), tmp_path)
    before = digest(shore.folder)
    running = shore.start("--progress", "quiet", "verify", "--fresh", "--format", "json", stdout=-3, stderr=-3)
    until(lambda: MOMENTS[moment](shore))
    running.send_signal(signal.SIGKILL)
    running.wait()
    until(lambda: not keepers(shore))
    nothing_remains(tmp_path)
    assert digest(shore.folder) == before


def test_the_next_one_removes_what_a_killed_one_and_its_keeper_left(tmp_path: Path) -> None:
    shore = Shore(lay_out(tmp_path / "tree"), tmp_path)
    running = shore.start("--progress", "quiet", "verify", "--fresh", "--format", "json", stdout=-3, stderr=-3)
    until(lambda: MOMENTS["when it runs"](shore))
    (keeper,) = keepers(shore)
    os.kill(keeper, signal.SIGKILL)
    running.send_signal(signal.SIGKILL)
    running.wait()
    (left,) = copies(shore)
    done = shore.run("verify", "--fresh", "--family", "reachable", "--format", "json")
    assert f"{left.name}, left by a verify that was killed, is removed" in done.err
    assert json.loads(done.out)["exit_code"] == 0
    nothing_remains(tmp_path)
