"""What a stack leaves behind: only files under the user's own folders, and after `down` nothing but volumes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installed import Installed, install, user_environment
from tests.shore import Shore
from tests.users import throwaway_user, why_no_user

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

STACK = """\
services:
  cache:
    image: redis:7
    volumes: ["kept:/data"]
    healthcheck: {test: ["CMD", "redis-cli", "ping"], interval: 30s}
  app:
    build:
      context: .
      dockerfile_inline: |
        FROM debian:bookworm-slim
        RUN useradd -u 1001 app && chown -R app /srv
        USER app
    command: sleep 1000
    init: true
    stop_grace_period: 1s
    ports: ["127.0.0.1::8000"]
    depends_on: {cache: {condition: service_healthy}}
volumes: {kept: {}}
"""


@pytest.fixture
def own_user() -> Iterator[Installed]:
    """An account that no other test uses meanwhile."""
    if reason := why_no_user():
        pytest.skip(reason)
    with throwaway_user() as user:
        yield install(user)


@pytest.fixture
def mine(own_user: Installed) -> Iterator[Shore]:
    """The stack in the ordinary user's home, with the XDG folders that a fresh account has: none set but runtime."""
    folder = own_user.user.home / "leftovers"
    folder.mkdir()
    (folder / "compose.yaml").write_text(STACK)
    home = own_user.user.home / "private"
    shore = Shore(
        folder, home, prefix=own_user.user.prefix, binary=own_user.shore, cache=own_user.cache,
        extra={key: value for key, value in user_environment().items() if key == "PATH"},
    )  # fmt: skip
    own_user.user.give(folder)
    own_user.user.give(home)
    yield shore
    shore.down()


def test_an_ordinary_user(mine: Shore, own_user: Installed) -> None:
    before = _interfaces()
    mine.ok("up", "-d", "--wait")
    assert {row["State"] for row in mine.ps()} == {"running"}
    outside = [path for path in _files_of(own_user.user.uid) if not path.startswith(str(own_user.user.home))]
    assert outside == []
    assert _interfaces() == before
    mine.ok("down")
    assert _processes_of(own_user.user.uid) == []
    assert _mounts(str(own_user.user.home)) == []
    volumes = list((mine.home / "data/longshore/volumes").iterdir())
    assert [volume.name for volume in volumes] == ["leftovers_kept"]
    assert not list((mine.home / "state/longshore").glob("*/agent*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root(tmp_path: Path) -> None:
    before = _interfaces()
    folder = tmp_path / "leftovers"
    folder.mkdir()
    (folder / "compose.yaml").write_text(STACK)
    shore = Shore(folder, tmp_path / "home")
    try:
        shore.ok("up", "-d", "--wait")
        assert _interfaces() == before
        shore.ok("down")
        assert _mounts(str(tmp_path)) == []
        assert not list((shore.home / "state/longshore").glob("*/agent*"))
    finally:
        shore.down()


def _files_of(uid: int) -> list[str]:
    """Files of a user on the machine's own file systems."""
    roots = ["/etc", "/home", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/var", "/dev/shm"]
    found = subprocess.run(["find", *roots, "-xdev", "-user", str(uid)], capture_output=True, text=True)
    return [line for line in found.stdout.splitlines() if line]


def _processes_of(uid: int) -> list[str]:
    """The living processes of a user. One that has ended and waits for its parent, the machine's pid 1, is none."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and entry.stat().st_uid == uid:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                if state not in "ZX":
                    found.append(f"{state} {(entry / 'comm').read_text().strip()} {(entry / 'cmdline').read_text()!r}")
        except OSError:
            continue
    return found


def _interfaces() -> list[str]:
    """The machine's interfaces; the engines and Swarms of other tests make and remove their own."""
    names = (entry.name for entry in Path("/sys/class/net").iterdir())
    return sorted(
        name for name in names if not name.startswith(("br-", "docker", "podman", "ship", "shoretest", "veth"))
    )


def _mounts(folder: str) -> list[str]:
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if folder in line]
