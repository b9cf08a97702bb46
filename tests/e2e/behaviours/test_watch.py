"""watch: files that change here change there, at once, and first of all those that differ already."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.e2e.behaviours.test_life import eventually
from tests.shore import Shore

pytestmark = pytest.mark.e2e

SYNCED = """
services:
  app:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    develop:
      watch:
        - {action: sync, path: ./src, target: /srv, ignore: [ignored/], initial_sync: true}
        - {action: restart, path: ./settings}
"""


@contextlib.contextmanager
def watching(shore: Shore) -> Iterator[None]:
    process = shore.start("watch", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)


def content(shore: Shore, path: str) -> str:
    return shore.run("exec", "-T", "app", "cat", path).out


def test_sync_copies_what_is_there_and_what_changes(shore: Shore) -> None:
    shore.write(compose=SYNCED, settings="1")
    (shore.folder / "src" / "ignored").mkdir(parents=True)
    (shore.folder / "src" / "page").write_text("old")
    (shore.folder / "src" / "ignored" / "x").write_text("not this")
    shore.ok("up", "-d")
    with watching(shore):
        eventually(lambda: content(shore, "/srv/page") == "old")
        (shore.folder / "src" / "page").write_text("new")
        eventually(lambda: content(shore, "/srv/page") == "new")
        (shore.folder / "src" / "page").unlink()
        eventually(lambda: shore.run("exec", "-T", "app", "test", "-e", "/srv/page").code == 1)
        assert shore.run("exec", "-T", "app", "test", "-e", "/srv/ignored/x").code == 1
        (shore.folder / "aside").mkdir()
        (shore.folder / "aside" / "inside").write_text("moved")
        (shore.folder / "aside").rename(shore.folder / "src" / "folder")
        eventually(lambda: content(shore, "/srv/folder/inside") == "moved")
        (shore.folder / "src" / "folder").rename(shore.folder / "src" / "renamed")
        eventually(lambda: content(shore, "/srv/renamed/inside") == "moved")
        eventually(lambda: shore.run("exec", "-T", "app", "test", "-e", "/srv/folder").code == 1)


def test_restart_starts_the_same_container_again(shore: Shore) -> None:
    shore.write(compose=SYNCED, settings="0")
    (shore.folder / "src").mkdir()
    shore.ok("up", "-d")
    before = shore.ps()[0]["ID"]
    shore.ok("exec", "-T", "app", "touch", "/dev/shm/volatile")
    writes = itertools.count(1)

    def gone_after_a_change() -> bool:
        (shore.folder / "settings").write_text(str(next(writes)))  # again and again: the watcher may not be there yet
        time.sleep(2)
        script = "test -e /dev/shm/volatile && echo there || echo gone"
        return shore.run("exec", "-T", "app", "sh", "-c", script).out.strip() == "gone"

    with watching(shore):
        eventually(gone_after_a_change, 60)
    assert shore.ps()[0]["ID"] == before
