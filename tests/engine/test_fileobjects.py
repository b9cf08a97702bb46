"""Secrets and configs, the same on every engine: what is mounted, what is copied, and what cannot be had."""

from __future__ import annotations

import asyncio
import io
import tarfile
from pathlib import Path

import pytest

from longshore.docker.container.create import archive
from longshore.engine.fileobjects import content, files_inside, opened, problems
from longshore.model.errors import ShoreError
from longshore.model.service import FileUse, Service
from longshore.model.stack import FileObject, Stack

APP = Service(
    "app",
    secrets=(FileUse("key", "/run/secrets/key"), FileUse("token", "/run/secrets/token")),
    configs=(FileUse("conf", "/conf"), FileUse("conf", "/own", mode=0o400), FileUse("nobody", "/nobody")),
)


def stack(tmp_path: Path, **environment: str) -> Stack:
    (tmp_path / "key").write_text("k")
    return Stack(
        "shop", str(tmp_path), services={"app": APP}, environment=environment,
        secrets={"key": FileObject("key", "k", file=str(tmp_path / "key")),
                 "token": FileObject("token", "t", environment="TOKEN")},
        configs={"conf": FileObject("conf", "c", file=str(tmp_path / "conf"))},
    )  # fmt: skip


def test_a_file_is_mounted_unless_it_has_an_owner_or_mode_of_its_own(tmp_path: Path) -> None:
    found = [(one.key, one.use.target, one.is_mounted) for one in files_inside(stack(tmp_path), APP)]
    assert found == [
        ("secret:key", "/run/secrets/key", True), ("secret:token", "/run/secrets/token", False),
        ("config:conf", "/conf", True), ("config:conf", "/own", False),
    ]  # fmt: skip


def test_what_cannot_be_had_is_said_before_anything_starts(tmp_path: Path) -> None:
    found = [str(error) for error in problems(stack(tmp_path), APP)]
    missing = f"configs.conf: cannot read {tmp_path}/conf"
    assert found == [
        "secrets.token: the variable TOKEN is not set",
        f"{missing}: there is no such file",
        f"{missing}: No such file or directory",
    ]
    remote = [str(error) for error in problems(stack(tmp_path), APP, local=False)]
    assert remote == [found[0], found[2]], "what is mounted is the engine's own"
    (tmp_path / "conf").write_text("c")
    assert list(problems(stack(tmp_path, TOKEN=""), APP)) == [], "an empty value is one, as with Docker Compose"


@pytest.mark.parametrize(
    ("thing", "text"),
    [(FileObject("t", "t", content="inline"), b"inline"), (FileObject("t", "t", environment="TOKEN"), b"abc")],
)
def test_contents(tmp_path: Path, thing: FileObject, text: bytes) -> None:
    service = Service("app", secrets=(FileUse("t", "/t"),))
    whole = Stack("shop", str(tmp_path), secrets={"t": thing}, environment={"TOKEN": "abc"})
    (found,) = files_inside(whole, service)
    assert content(whole, found) == text


def test_an_external_one_has_no_store(tmp_path: Path) -> None:
    service = Service("app", configs=(FileUse("t", "/t"),))
    whole = Stack("shop", str(tmp_path), configs={"t": FileObject("t", "t", external=True)})
    with pytest.raises(ShoreError, match=r"configs\.t is external; there is no store of configs here"):
        content(whole, files_inside(whole, service)[0])


def test_a_large_file_is_read_piece_by_piece(tmp_path: Path) -> None:
    size = (3 << 20) + 7
    (tmp_path / "conf").write_bytes(b"x" * size)
    whole = stack(tmp_path)
    found = files_inside(whole, APP)[3]

    async def packed(length: int) -> list[bytes]:
        with opened(whole, found) as (file, _):
            return [piece async for piece in archive(found, file, length)]

    pieces = asyncio.run(packed(size))
    assert max(map(len, pieces)) == 1 << 20
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as tar:
        (entry,) = tar.getmembers()
        assert (entry.name, entry.mode, entry.size) == ("own", 0o400, size)
    with pytest.raises(ShoreError, match="became shorter"):
        asyncio.run(packed(size + 1))
