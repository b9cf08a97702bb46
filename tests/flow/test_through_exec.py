"""Copies for an engine that only runs commands: the shell's words, run here by this machine's own shell."""

from __future__ import annotations

import asyncio
import io
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import pytest

from longshore.engine.base import ExecRequest
from longshore.flow.throughexec import ThroughExec
from longshore.model.errors import ShoreError
from longshore.state.observed import Container

WEB = Container("1", "demo-web-1", "web", state="running")


class Here:
    """Runs what it is asked for on this machine."""

    def __init__(self) -> None:
        self.asked: list[ExecRequest] = []

    async def execute(self, container: Container, request: ExecRequest) -> int:
        self.asked.append(request)
        process = await asyncio.create_subprocess_exec(*request.argv, cwd="/")
        return await process.wait()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "with 'quotes'"
    (place / "folder").mkdir(parents=True)
    (place / "folder/f").write_text("x")
    (place / "link").symlink_to("folder")
    (place / "lost").symlink_to("nowhere")
    return place


async def test_what_is_there(place: Path) -> None:
    engine: Any = Here()
    through = ThroughExec(engine)
    kinds = {"folder": "folder", "folder/f": "file", "link": "folder", "lost": "file", "none": ""}
    for name, kind in kinds.items():
        assert await through.kind(WEB, f"{place}/{name}") == kind
    first = engine.asked[0]
    assert (first.argv[:2], first.user, first.working_dir, first.visit) == (("sh", "-c"), "0", "/", False)
    await through.kind(Container("1", "demo-web-1", "web", state="exited"), "/")
    assert engine.asked[-1].visit


async def packed(place: Path, path: str, *, follow: bool = False) -> dict[str, str]:
    engine: Any = Here()
    with tempfile.TemporaryFile() as file:
        await ThroughExec(engine).pack(WEB, path, file, follow=follow)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            return {member.name: member.linkname for member in archive}


async def test_what_comes_out(place: Path) -> None:
    assert sorted(await packed(place, f"{place}/folder")) == ["folder", "folder/f"]
    assert sorted(await packed(place, f"{place}/folder/")) == ["folder", "folder/f"]
    assert sorted(await packed(place, f"{place}/folder/.")) == [".", "./f"]
    assert await packed(place, f"{place}/link") == {"link": "folder"}
    assert sorted(await packed(place, f"{place}/link", follow=True)) == ["link", "link/f"]
    with pytest.raises(ShoreError, match="web: not copied: exit code 2") as caught:
        await packed(place, f"{place}/none")
    assert caught.value.hint == "does the service have sh and tar?"


def archive() -> Any:
    file = tempfile.TemporaryFile()  # noqa: SIM115
    with tarfile.open(fileobj=file, mode="w") as made:
        member = tarfile.TarInfo("new")
        member.size = 4
        made.addfile(member, io.BytesIO(b"text"))
    return file


async def test_what_goes_in(place: Path) -> None:
    engine: Any = Here()
    through = ThroughExec(engine)
    with archive() as file:
        await through.unpack(WEB, f"{place}/folder", file, top="new", owners=False)
    assert (place / "folder/new").read_text() == "text"
    with archive() as file:
        await through.unpack(WEB, f"{place}/folder", file, top="", owners=False)
    with archive() as file, pytest.raises(ShoreError, match="web: there is no folder /none") as caught:
        await through.unpack(WEB, "/none", file, top="", owners=False)
    assert caught.value.hint == "make it first"
    (place / "new").mkdir()
    with archive() as file, pytest.raises(ShoreError, match="/new is a folder") as caught:
        await through.unpack(WEB, str(place), file, top="new", owners=False)
    assert caught.value.hint == "remove it, or name another place"
    assert list((place / "new").iterdir()) == []
