"""One small Dockerfile with what it reads: a row of the table that runs on BuildKit and natively."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "BASE",
    "DATE",
    "ENTERED",
    "FILES",
    "NO_DEVICES",
    "REFUSED",
    "Case",
    "Dir",
    "Fifo",
    "File",
    "Hard",
    "Link",
    "Socket",
    "write_tree",
]

DATE = 1_000_000_000
"""A time stamp in seconds: long ago, so that what is made while building differs."""
REFUSED = ("",)
"""For a case that is refused in words of which none must be in the other message."""
FILES = "http://files.test"
"""Stands in a Dockerfile for the address of the server on loopback that gives out `case.DOWNLOADS`."""
ENTERED = (
    "a folder that COPY or ADD makes takes the mode of --chmod only where somebody may enter it then; of 0640, which "
    "is meant for files, it is 0755, for only root could enter what BuildKit makes"
)
"""Why --chmod does not count for them."""
FEIGNED = "an ordinary user's mknod of a device says that it has made one, and makes none"
NO_DEVICES = (
    "a RUN may not make devices: they would be devices of this machine, whose layers lie in a folder of its user"
)
BASE = r"""
FROM debian:bookworm-slim
RUN <<EOF
echo 'app:x:2000:2001::/home/app:/bin/sh' >> /etc/passwd
echo 'other:x:2002:2002::/home/other:/bin/sh' >> /etc/passwd
printf 'app:x:2001:\nother:x:2002:\nteam:x:3000:app,other\ncrew:x:3001:app\n' >> /etc/group
mkdir -p /home/app /base/dir/sub /base/plain
echo old > /base/dir/old
echo under > /base/dir/sub/under
echo file > /base/file
ln -s dir /base/link
ln -s /base/dir /base/absolute
ln -s ../base/file /base/to-file
ln -s /nowhere/x /base/dangling
chown -R app:app /home/app /base/dir
chmod 750 /base/dir
chmod 2775 /base/plain
find /base /home/app -exec touch -h -d @900000000 {} +
EOF
"""
"""What most cases begin with, as `FROM base`: a small Debian with accounts and some furniture. It is built natively and
handed to BuildKit as an image of one layer, so that both begin from the same tree."""


@dataclass(frozen=True)
class File:
    content: str | bytes = ""
    mode: int = 0o644
    date: int = DATE


@dataclass(frozen=True)
class Dir:
    mode: int = 0o755
    date: int = DATE


@dataclass(frozen=True)
class Link:
    target: str


@dataclass(frozen=True)
class Hard:
    """A further name of a file that stands before it."""

    of: str


@dataclass(frozen=True)
class Fifo:
    mode: int = 0o644


@dataclass(frozen=True)
class Socket:
    pass


Entry = str | bytes | File | Dir | Link | Hard | Fifo | Socket


@dataclass(frozen=True)
class Case:
    """`dockerfile` with the context's `files` (a text is a file of mode 0644). `named` are additional contexts, `made`
    a Dockerfile built first and known as the image `made`. A case that is refused lists in `says` what both messages
    name.

    `differs` is the reason for which the native engine's answer is not BuildKit's; the answer itself then stands in
    `differences.jsonl`. `root_only` is the reason for which an ordinary user cannot show it."""

    name: str
    dockerfile: str
    files: Mapping[str, Entry] = field(default_factory=dict)
    args: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)
    made: str = ""
    network: str = ""
    hosts: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    differs: str = ""
    root_only: str = ""


def write_tree(root: Path, files: Mapping[str, Entry]) -> None:
    """Lay the files out below `root`, modes and dates as given whatever the umask is."""
    root.mkdir(parents=True, exist_ok=True)
    dates: dict[Path, int] = {root: DATE}
    for name, entry in files.items():
        path = root / name
        for parent in reversed(path.relative_to(root).parents):
            directory = root / parent
            if not directory.exists():
                directory.mkdir()
                directory.chmod(0o755)
            dates.setdefault(directory, DATE)
        _write(root, path, entry)
        dates[path] = getattr(entry, "date", DATE)
    root.chmod(0o755)
    for path in sorted(dates, key=lambda path: len(path.parts), reverse=True):
        os.utime(path, (dates[path], dates[path]), follow_symlinks=False)
    for name, entry in files.items():
        if isinstance(entry, Dir):
            (root / name).chmod(entry.mode)


def _write(root: Path, path: Path, entry: Entry) -> None:
    match entry:
        case Dir():
            path.mkdir(exist_ok=True)
        case Link(target):
            path.symlink_to(target)
        case Hard(of):
            path.hardlink_to(root / of)
        case Fifo(mode):
            os.mkfifo(path)
            path.chmod(mode)
        case Socket():
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(str(path))
        case File(content, mode):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(mode)
        case _:
            _write(root, path, File(entry))
