"""Copies between this machine and containers: what a path means, what the archive holds, what is refused."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from longshore.flow.copy import Copying, Destination, Spot, destination, from_service, to_service, unpack
from longshore.flow.home import Session
from longshore.model.errors import ShoreError
from longshore.state.observed import Container
from tests.flow.test_choose import FakeEngines
from tests.plan.make import observed


@pytest.mark.parametrize(
    ("path", "name", "parent", "contents", "folder"),
    [
        ("/a/b", "b", "/a", False, False),
        ("/a/b/", "b", "/a", False, True),
        ("/a/b/.", "b", "/a", True, True),
        (".", "", ".", True, True),
        ("a", "a", ".", False, False),
        ("/a.", "a.", "/", False, False),
    ],
)
def test_a_path_says_what_it_means(path: str, name: str, parent: str, contents: bool, folder: bool) -> None:
    spot = Spot(path)
    assert (spot.name, spot.parent, spot.means_contents, spot.asserts_folder) == (name, parent, contents, folder)


@pytest.mark.parametrize(
    ("source", "target", "goal"),
    [
        (Spot("/x/f", "file"), Spot("/t", "folder"), Destination("/t", "f")),
        (Spot("/x/d", "folder"), Spot("/t", "folder"), Destination("/t", "d")),
        (Spot("/x/d/.", "folder"), Spot("/t", "folder"), Destination("/t", "")),
        (Spot("/x/d", "folder"), Spot("/t/new"), Destination("/t", "new")),
        (Spot("/x/d", "folder"), Spot("/t/new/"), Destination("/t", "new")),
        (Spot("/x/f", "file"), Spot("/t/new"), Destination("/t", "new")),
        (Spot("/x/f", "file"), Spot("/t/old", "file"), Destination("/t", "old")),
    ],
)
def test_where_it_goes(source: Spot, target: Spot, goal: Destination) -> None:
    assert destination(source, target) == goal


@pytest.mark.parametrize(
    ("source", "target", "what", "hint"),
    [
        (Spot("/d", "folder"), Spot("/f", "file"), "/d is a folder, and /f is none", "name a folder"),
        (Spot("/f", "file"), Spot("/n/"), "there is no folder /n/", "make it, or leave the / at the end out"),
        (Spot("/f/", "file"), Spot("/n"), "/f/ is no folder", "leave the / at the end out"),
    ],
)
def test_what_cannot_be(source: Spot, target: Spot, what: str, hint: str) -> None:
    with pytest.raises(ShoreError) as caught:
        destination(source, target)
    assert (caught.value.what, caught.value.hint) == (what, hint)


class Place:
    """A container's files for an engine that takes archives: what is at a path, and what comes."""

    name = "native"
    capabilities = frozenset({"archives"})

    def __init__(self, **there: str) -> None:
        self.there = {f"/{name}": kind for name, kind in there.items()}
        self.came: list[tuple[str, str, list[tuple[str, str, int, str]]]] = []
        self.gives: list[tarfile.TarInfo] = []

    async def kind(self, container: Container, path: str) -> str:
        return self.there.get(path, "")

    async def led_to(self, container: Container, path: str) -> str:
        return self.there.get(f"link {path}", path)

    async def pack(self, container: Container, path: str, file: Any, *, follow: bool) -> None:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for member in self.gives:
                archive.addfile(member, io.BytesIO(b"x" * member.size))

    async def unpack(self, container: Container, folder: str, file: Any, *, top: str, owners: bool) -> None:
        with tarfile.open(fileobj=file) as archive:
            members = [(m.name, m.linkname, m.uid, m.uname) for m in archive]
        self.came.append((folder, top, members))


def session(engine: Any) -> Session:
    return Session(engine, "demo", observed(Container("1", "demo-web-1", "web", state="running")))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "d/deep").mkdir(parents=True)
    (tmp_path / "d/deep/f").write_text("f")
    (tmp_path / "f").write_text("f")
    (tmp_path / "l").symlink_to("d")
    (tmp_path / "lost").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_what_comes_to_a_service(here: Path) -> None:
    engine = Place(t="folder")

    async def copied(source: str, target: str, **asked: bool) -> tuple[str, str, list[str]]:
        await to_service(session(engine), source, "web", target, Copying(**asked))
        folder, top, members = engine.came[-1]
        assert not any(uid or uname for _, _, uid, uname in members)
        return folder, top, [name for name, *_ in members]

    assert await copied("f", "/t") == ("/t", "f", ["f"])
    assert await copied("f", "t") == ("/t", "f", ["f"])
    assert await copied("f", "/t/new") == ("/t", "new", ["new"])
    assert await copied("d", "/t") == ("/t", "", ["d", "d/deep", "d/deep/f"])
    assert await copied("d/.", "/t") == ("/t", "", [".", "./deep", "./deep/f"])
    assert await copied("d", "/t/new") == ("/t", "", ["new", "new/deep", "new/deep/f"])
    assert await copied("l", "/t") == ("/t", "l", ["l"])
    assert await copied("l/", "/t") == ("/t", "", ["l"])
    assert await copied("lost", "/t") == ("/t", "lost", ["lost"])
    assert (await copied("l", "/t", follow=True))[2] == ["l", "l/deep", "l/deep/f"]
    engine.there |= {"/link": "file", "link /link": "/far/real"}
    assert await copied("f", "/link") == ("/far", "real", ["real"]), "what the link leads to is written"
    with pytest.raises(ShoreError, match="none does not exist"):
        await copied("none", "/t")
    with pytest.raises(ShoreError, match="lost does not exist"):
        await copied("lost", "/t", follow=True)


async def test_an_archive_on_standard_input(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("given"))

    class Input:
        buffer = raw

    raw.seek(0)
    monkeypatch.setattr(sys, "stdin", Input())
    engine = Place(t="folder", f="file")
    await to_service(session(engine), "-", "web", "/t", Copying())
    assert engine.came == [("/t", "", [("given", "", 0, "")])]
    with pytest.raises(ShoreError, match="web: /f is no folder") as caught:
        await to_service(session(engine), "-", "web", "/f", Copying())
    assert caught.value.hint == "an archive is unpacked into one"


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size, made.mode = kind, link, size, 0o755
    made.uid, made.gid, made.uname = 4242, 4242, "root"
    return made


async def test_what_comes_from_a_service(here: Path) -> None:
    engine = Place(s="folder")
    engine.gives = [
        member("s", tarfile.DIRTYPE), member("s/a", size=3), member("s/hard", tarfile.LNKTYPE, "s/a"),
        member("s/dev", tarfile.CHRTYPE), member("s/block", tarfile.BLKTYPE), member("s/soft", tarfile.SYMTYPE, "a"),
    ]  # fmt: skip

    async def copied(target: str) -> None:
        await from_service(session(engine), "web", "/s", target, Copying(), io.BytesIO())

    await copied("new")
    names = sorted(path.name for path in (here / "new").iterdir())
    assert names == ["a", "hard", "soft"]
    assert (here / "new/hard").stat().st_ino == (here / "new/a").stat().st_ino
    assert (here / "new/soft").readlink() == Path("a")
    assert (here / "new/a").stat().st_uid == os.getuid()
    await copied("d")
    assert (here / "d/s/a").read_text() == "xxx"
    (here / "d/s/a").write_text("older")
    await copied("d")  # over what is there
    assert (here / "d/s/a").read_text() == "xxx"
    assert (here / "d/s/hard").samefile(here / "d/s/a")
    out = io.BytesIO()
    await from_service(session(engine), "web", "/s", "-", Copying(), out)
    out.seek(0)
    with tarfile.open(fileobj=out) as archive:
        assert len(archive.getnames()) == 6
    with pytest.raises(ShoreError, match=r"/s is a folder, and .*/f is none"):
        await copied("f")


async def test_a_folder_is_not_replaced_by_a_file(here: Path) -> None:
    engine = Place(d="file")
    engine.gives = [member("d", size=1)]
    with pytest.raises(ShoreError, match="is a folder, and what comes is none") as caught:
        await from_service(session(engine), "web", "/d", f"{here}/.", Copying(), io.BytesIO())
    assert caught.value.hint == "remove it, or name another place"
    assert (here / "d/deep/f").exists()


def test_nothing_is_unpacked_where_no_folder_is(tmp_path: Path) -> None:
    with pytest.raises(ShoreError, match="there is no folder") as caught:
        unpack(io.BytesIO(), Destination(str(tmp_path / "none"), ""), owners=False)
    assert caught.value.hint == "make it first"


def test_owners_stay_where_that_is_asked(tmp_path: Path) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        archive.addfile(member("f"))
    if os.geteuid():
        pytest.skip("only root gives files away")
    for owners, owner in ((True, 4242), (False, 0)):
        raw.seek(0)
        unpack(raw, Destination(str(tmp_path), f"f{owner}"), owners=owners)
        assert (tmp_path / f"f{owner}").stat().st_uid == owner


def test_an_empty_archive_is_nothing(tmp_path: Path) -> None:
    raw = io.BytesIO()
    tarfile.open(fileobj=raw, mode="w").close()
    raw.seek(0)
    unpack(raw, Destination(str(tmp_path), "x"), owners=False)
    assert list(tmp_path.iterdir()) == []


async def test_a_container_that_does_not_run_needs_an_engine_for_that(here: Path) -> None:
    engine: Any = FakeEngines().engines["native"]
    engine.capabilities = frozenset()
    stopped = observed(Container("1", "demo-web-1", "web", state="exited"))
    with pytest.raises(ShoreError, match="web: demo-web-1 is not running") as caught:
        await to_service(Session(engine, "demo", stopped), "f", "web", "/t", Copying())
    assert caught.value.hint == "start it: shore up -d web"


async def test_of_several_the_first_container_is_taken_and_owners_only_where_that_is_asked(here: Path) -> None:
    class Names(Place):
        async def pack(self, container: Container, path: str, file: Any, *, follow: bool) -> None:
            self.gives = [member("s", size=container.number)]
            await super().pack(container, path, file, follow=follow)

    engine = Names(s="file", t="folder")
    web = [Container(str(n), f"demo-web-{n}", "web", n, state="running") for n in (3, 1, 2)]
    two = Session(engine, "demo", observed(*web))  # type: ignore[arg-type]
    await from_service(two, "web", "/s", f"{here}/one", Copying(), io.BytesIO())
    await from_service(two, "web", "/s", f"{here}/three", Copying(index=3), io.BytesIO())
    assert [len((here / name).read_text()) for name in ("one", "three")] == [1, 3]
    owner = os.getuid() or 4242
    os.chown(here / "f", owner, -1)
    for owners in (False, True):
        await to_service(session(engine), "f", "web", "/t", Copying(owners=owners))
    assert [members[0][2] for _, _, members in engine.came] == [0, owner]
