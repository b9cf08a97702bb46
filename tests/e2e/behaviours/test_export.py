"""export: a service's file system as docker export gives it."""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import Any

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

FILE = r"""
services:
  app:
    init: true
    command: sleep 1000
    volumes: ["data:/srv/data", "/srv/vol"]
    build:
      context: .
      dockerfile_inline: |
        FROM debian:bookworm-slim
        RUN mkdir -p /srv/a /srv/gone /srv/keep && echo 1 > /srv/a/one && ln /srv/a/one /srv/a/two \
          && ln -s one /srv/a/link && echo g > /srv/gone/x && chmod 2750 /srv/keep && mkfifo /srv/pipe
volumes: {data: }
"""
CHANGE = """
rm -r /srv/gone; mkdir /srv/gone; echo 2 > /srv/gone/y; rm /srv/a/two
echo new > /srv/new; chmod 600 /srv/new; ln /srv/new /srv/a/new; touch /srv/data/in /srv/vol/in
"""
TREE = {
    "srv": ("dir", 0o755, ""), "srv/a": ("dir", 0o755, ""), "srv/a/link": ("link", 0o777, "one"),
    "srv/a/new": ("file", 0o600, "new\n"), "srv/a/one": ("file", 0o644, "1\n"), "srv/data": ("dir", 0o755, ""),
    "srv/gone": ("dir", 0o755, ""), "srv/gone/y": ("file", 0o644, "2\n"), "srv/keep": ("dir", 0o2750, ""),
    "srv/new": ("hard", 0o600, "srv/a/new"), "srv/pipe": ("fifo", 0o644, ""), "srv/vol": ("dir", 0o755, ""),
}  # fmt: skip
KINDS = {
    tarfile.DIRTYPE: "dir", tarfile.SYMTYPE: "link", tarfile.LNKTYPE: "hard", tarfile.FIFOTYPE: "fifo",
    tarfile.REGTYPE: "file",
}  # fmt: skip


def tree(archive: bytes) -> dict[str, tuple[Any, ...]]:
    """Below /srv: type, mode, and content or what a link names."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for one in opened:
            if one.name == "srv" or one.name.startswith("srv/"):
                content = opened.extractfile(one) if one.isreg() else None
                found[one.name] = (
                    KINDS[one.type],
                    one.mode & 0o7777,
                    content.read().decode() if content else one.linkname,
                )
                assert (one.uid, one.gid) == (0, 0)
    return found


def test_export_is_the_image_with_what_was_changed_and_without_what_is_mounted(shore: Shore, engine: str) -> None:
    shore.write(compose=FILE)
    shore.ok("up", "-d")
    shore.ok("exec", "-T", "app", "sh", "-c", CHANGE)
    shore.ok("export", "app", "-o", "app.tar")
    archive = (shore.folder / "app.tar").read_bytes()
    assert tree(archive) == TREE
    assert (shore.folder / "app.tar").stat().st_mode & 0o777 == 0o600
    if engine == "docker":
        docker = ["docker", "-H", shore.extra["DOCKER_HOST"], "export", f"{shore.project}-app-1"]
        assert subprocess.run(docker, capture_output=True, check=True).stdout == archive
    shore.ok("stop", "-t", "0")
    said = shore.run("export", "app")
    assert (said.code, "app is not running (exited)" in said.err) == (1, True)
    assert shore.run("export", "app", "-o", "no/such/file").code == 1


def test_commit_makes_an_image_or_says_why_not(shore: Shore, engine: str) -> None:
    shore.write(compose="services: {app: {image: 'debian:bookworm-slim', init: true, command: sleep 1000}}\n")
    shore.ok("up", "-d")
    name = f"{shore.project}-made:1"
    said = shore.run("commit", "app", name, "-c", "ENV A=1 B=2", "-c", "USER 5", "-m", "why", "-a", "who")
    if engine != "docker":
        assert said.code == 1
        assert "commit is not for native" in said.err
        return
    docker = ["docker", "-H", shore.extra["DOCKER_HOST"], "image"]
    shown = [*docker, "inspect", "-f", "{{.Config.User}} {{.Author}} {{.Comment}} {{json .Config.Env}}", name]
    try:
        out = subprocess.run(shown, capture_output=True, check=True, text=True).stdout
        assert out.startswith("5 who why ")
        assert '"A=1","B=2"' in out
    finally:
        subprocess.run([*docker, "rm", name], capture_output=True)
