"""A busybox on musl, built from Debian's source: what Alpine has for a system, as far as a small server needs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.images import archive, member

__all__ = ["busybox_root", "why_not"]

OPTIONS = (
    "STATIC", "ASH", "SH_IS_ASH", "HTTPD", "WGET", "CAT", "ECHO", "SLEEP", "LS", "ID", "MKDIR", "TEST", "BUSYBOX",
    "LONG_OPTS", "CHOWN", "CHMOD", "STAT", "RM", "TOUCH", "FEATURE_FANCY_ECHO",
)  # fmt: skip
APPLETS = ("sh", "httpd", "wget", "cat", "echo", "sleep", "ls", "id", "mkdir", "test", "chown", "chmod", "stat", "rm")
SOURCES = "deb-src http://deb.debian.org/debian bookworm main\n"


def why_not() -> str:
    missing = [name for name in ("musl-gcc", "make", "apt-get") if shutil.which(name) is None]
    return f"no {', '.join(missing)} (apt-get install musl-tools make)" if missing else ""


def busybox_root(folder: Path) -> bytes:
    """The archive of a root with it; `folder` is to work in."""
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "sources.list").write_text(SOURCES)
    own = {"Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
           "Dir::State::lists": folder / "lists", "APT::Sandbox::User": "root"}  # fmt: skip
    apt = ["apt-get", "-qq", *(word for key, value in own.items() for word in ("-o", f"{key}={value}"))]
    _run(folder, *apt, "update")
    _run(folder, *apt, "source", "--download-only", "busybox")
    (source,) = folder.glob("busybox_*.orig.tar.bz2")
    _run(folder, "tar", "xf", source.name)
    (tree,) = folder.glob("busybox-*")
    _run(tree, "make", "-s", "allnoconfig")
    config = (tree / ".config").read_text()
    for option in OPTIONS:
        config = config.replace(f"# CONFIG_{option} is not set", f"CONFIG_{option}=y")
    (tree / ".config").write_text(config)
    _run(tree, "sh", "-c", 'yes "" | make -s oldconfig')
    _run(tree, "make", "-s", "CC=musl-gcc", "busybox")
    links = [member(f"bin/{name}", b"2", "busybox") for name in APPLETS]
    return archive([
        "bin/", "etc/", "data/", member("tmp/", b"5", mode=0o1777), ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("etc/group", "root:x:0:\n"), ("data/index.html", "here\n"),
        (member("bin/busybox", mode=0o755), (tree / "busybox").read_bytes()), *links,
    ])  # fmt: skip


def _run(folder: Path, *words: str | Path) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode == 0, f"{' '.join(map(str, words))}: {done.stderr[-2000:]}"
