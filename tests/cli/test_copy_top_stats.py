"""cp's decisions; top and stats on this machine's own processes; push."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from longshore.cli.commands.cp import split
from longshore.flow.copy import Destination, Spot, destination, unpack
from longshore.flow.processes import processes_of, snapshot, usage
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.state.observed import Container
from tests.cli.conftest import Stage
from tests.cli.scenes import gallery


@pytest.mark.parametrize(
    ("word", "pair"),
    [
        ("web:/app/x", ("web", "/app/x")),
        ("web:x", ("web", "x")),
        ("./a:b", ("", "./a:b")),
        ("/a:b", ("", "/a:b")),
        ("file", ("", "file")),
        ("-", ("", "-")),
    ],
)
def test_which_side_is_the_service(word: str, pair: tuple[str, str]) -> None:
    assert split(word) == pair


F, D = Spot("/h/f", "file"), Spot("/h/d", "folder")


@pytest.mark.parametrize(
    ("source", "target", "goal"),
    [
        (F, Spot("/srv", "folder"), Destination("/srv", "f")),
        (F, Spot("/srv/g"), Destination("/srv", "g")),
        (F, Spot("/srv/g", "file"), Destination("/srv", "g")),
        (D, Spot("/srv", "folder"), Destination("/srv", "d")),
        (D, Spot("/srv/new"), Destination("/srv", "new")),
        (replace(D, path="/h/d/."), Spot("/srv", "folder"), Destination("/srv", "")),
        (replace(D, path="/h/d/."), Spot("/srv/new"), Destination("/srv", "new")),
        (replace(D, path="/h/d/"), Spot("/srv/", "folder"), Destination("/srv/", "d")),
    ],
)
def test_where_a_copy_goes(source: Spot, target: Spot, goal: Destination) -> None:
    assert destination(source, target) == goal


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (D, Spot("/srv/g", "file"), "/h/d is a folder, and /srv/g is none"),
        (F, Spot("/no/such/"), "there is no folder /no/such/"),
        (replace(F, path="/h/f/"), Spot("/srv/g"), "/h/f/ is no folder"),
    ],
)
def test_what_cannot_be_copied(source: Spot, target: Spot, words: str) -> None:
    with pytest.raises(ShoreError, match=words):
        destination(source, target)


def test_cp_of_two_local_paths_or_of_nothing(shore: Stage) -> None:
    shore.set(gallery())
    assert shore("cp", "a", "b").code == 2
    assert shore("cp", "x:/a", "y:/b").code == 2
    shore("up", "-d")
    assert shore("cp", "missing", "db:/tmp").failure == "✗ missing does not exist\n"


def test_an_archive_from_a_container_stays_inside(tmp_path: Path) -> None:
    """What a container sends is not to be trusted: a name or a link that leads out is refused."""
    for evil in ("../out", "x/../../out"):
        archive = tmp_path / "a.tar"
        with tarfile.open(archive, "w") as tar:
            tar.addfile(tarfile.TarInfo("x"))
            tar.addfile(tarfile.TarInfo(evil))
        (tmp_path / "in").mkdir(exist_ok=True)
        with archive.open("rb") as file, pytest.raises(ShoreError, match="outside"):
            unpack(file, Destination(str(tmp_path / "in"), "x"), owners=False)
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        folder, link, through = tarfile.TarInfo("d"), tarfile.TarInfo("d/l"), tarfile.TarInfo("d/l/f")
        folder.type, link.type, link.linkname = tarfile.DIRTYPE, tarfile.SYMTYPE, str(tmp_path)
        for member in (folder, link, through):
            tar.addfile(member)
    with (tmp_path / "b.tar").open("rb") as file, pytest.raises(ShoreError, match="outside"):
        unpack(file, Destination(str(tmp_path / "in"), "d"), owners=False)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "f").exists()


def test_processes_are_a_tree_from_the_first() -> None:
    child = subprocess.Popen(["sh", "-c", "sleep 30 & sleep 30"])
    try:
        time.sleep(0.1)
        found = processes_of(Container("", "", "", pid=child.pid), snapshot())
        assert found[0].pid == child.pid
        assert [p.command for p in found[1:]] == ["sleep 30", "sleep 30"]
        assert all(p.uid == os.getuid() for p in found)
    finally:
        subprocess.run(["kill", *(str(p.pid) for p in found)], check=True)
        child.wait()


def test_a_container_that_cannot_be_seen() -> None:
    every = snapshot()
    assert processes_of(Container("", "", ""), every) == []
    assert processes_of(Container("", "", "", pid=max(every) + 1000), every) == []


def test_usage_counts_what_was_spent_between_two_looks() -> None:
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    container = Container("", "", "", pid=child.pid)
    try:
        before = processes_of(container, snapshot())
        time.sleep(0.5)
        used = usage(before, processes_of(container, snapshot()), 0.5)
    finally:
        child.kill()
        child.wait()
    assert 2.0 < used.cpu <= 120.0
    assert used.count == 1
    assert used.memory > 1 << 20


def test_top_and_stats(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("up", "-d")
    child = subprocess.Popen(["sleep", "30"])
    db = scene.engine.containers["demo-db-1"]
    scene.engine.containers["demo-db-1"] = replace(db, pid=child.pid)
    try:
        row = shore("top", "db").out.splitlines()[1].split()
        assert (row[0], row[1], row[-2:]) == ("demo-db-1", str(child.pid), ["sleep", "30"])
        facts = json.loads(shore("stats", "--no-stream", "--format", "json", "db").out)
        assert (facts["Name"], facts["PIDs"]) == ("demo-db-1", "1")
        assert facts["CPUPerc"].endswith("%")
    finally:
        child.kill()
        child.wait()


def test_push_needs_an_engine_that_publishes(shore: Stage) -> None:
    scene = shore.set(gallery())
    for words in (["push"], ["build", "--push"]):
        said = shore(*words)
        assert (said.code, said.err.splitlines()[0]) == (1, "✗ native publishes no images")
    assert not scene.engine.calls, "it is said before anything is built"


def test_push(shore: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = shore.set(gallery())
    pushed: list[str] = []

    async def push(stack: object, service: object, emit: object) -> None:
        pushed.append(service.name)  # type: ignore[attr-defined]
        raise ShoreError("denied")

    monkeypatch.setattr(type(scene.engine), "push", staticmethod(push), raising=False)
    scene.engine.capabilities = frozenset({"push"})
    assert shore("push").code == 1
    assert shore("push", "--ignore-push-failures").code == 0
    assert pushed == ["backend", "backend"]
    assert shore("build", "--push").code == 1
    assert scene.engine.calls[-1] == "build backend"
    assert pushed == ["backend", "backend", "backend"]
