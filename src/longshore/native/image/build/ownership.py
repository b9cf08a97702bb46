"""Whose files are to be that a RUN gives away as an ordinary user: its `chown` cannot do it, and is told that it did;
what it asked for is written beside the file (image/store/owners.py), and goes out with the image. A symbolic link and a
pipe can keep no such note."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longshore.native.image.store.owners import note_owner, noted_owner, wished
from longshore.native.image.store.tree import LayerTree
from longshore.native.kernel.notification import Listener, Question
from longshore.native.kernel.seccomp import Chown, chown_of
from longshore.native.kernel.syscalls import open_in_root

__all__ = ["answer_chown", "own_new_files"]

_AT_FDCWD = -100
_AT_SYMLINK_NOFOLLOW, _AT_EMPTY_PATH = 0x100, 0x1000
_LONGEST = 4096
_KEEP = 0xFFFFFFFF


def answer_chown(listener: Listener, question: Question) -> None:
    """Note what a RUN's call asks for, and have it believe that it worked."""
    wanted = chown_of(question.number, question.arguments)
    try:
        if wanted is not None:
            _note(question.pid, wanted)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EBADF):
            listener.fail(question, error.errno)
            return
    listener.succeed(question)


def _note(pid: int, wanted: Chown) -> None:
    """Write down what the call wants. OSError where there is no such file, or it can keep no note."""
    with _file(pid, wanted) as file:
        found = os.fstat(file)
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            return
        place = f"/proc/self/fd/{file}"
        uid, gid, mode = wished(place, found.st_mode, follow=True)
        kept = _without_set_id(mode, found.st_mode)
        uid, gid = (old if new == _KEEP else new for old, new in ((uid, wanted.uid), (gid, wanted.gid)))
        if kept != mode:
            os.chmod(place, kept & 0o1777)  # noqa: PTH101
        note_owner(place, uid, gid, stat.S_IFMT(found.st_mode) | kept)


def _without_set_id(mode: int, kind: int) -> int:
    """chown(2) takes these bits from a file."""
    if not stat.S_ISREG(kind):
        return mode
    mode &= ~stat.S_ISUID
    return mode & ~stat.S_ISGID if mode & stat.S_IXGRP else mode


@contextmanager
def _file(pid: int, wanted: Chown) -> Iterator[int]:
    """A descriptor (O_PATH) of the file that the call means, looked for inside the container's root alone."""
    path = _text(pid, wanted.path) if wanted.path else b""
    if not path and (wanted.path == 0 or wanted.flags & _AT_EMPTY_PATH):
        file = os.open(f"/proc/{pid}/fd/{wanted.directory}", os.O_PATH | os.O_CLOEXEC)
    elif not path:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    else:
        if not path.startswith(b"/"):
            start = "cwd" if wanted.directory == _AT_FDCWD else f"fd/{wanted.directory}"
            path = os.fsencode(os.readlink(f"/proc/{pid}/{start}")) + b"/" + path  # noqa: PTH115
        root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_CLOEXEC)
        try:
            follows = not wanted.flags & _AT_SYMLINK_NOFOLLOW
            file = open_in_root(root, path, os.O_PATH | (0 if follows else os.O_NOFOLLOW))
        finally:
            os.close(root)
    try:
        yield file
    finally:
        os.close(file)


def _text(pid: int, address: int) -> bytes:
    """The C string at an address of the process."""
    memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(memory, _LONGEST, address).split(b"\0", 1)[0]
    finally:
        os.close(memory)


def own_new_files(root: Path, below: LayerTree, uid: int, gid: int) -> None:
    """Write down whose the files are that a RUN made as another user than root: what was there below stays whose it
    was."""
    for place, names, files in os.walk(root):
        for name in (*names, *files):
            path = os.path.join(place, name)  # noqa: PTH118 (a hot loop)
            inside = f"/{os.path.relpath(path, root)}"
            found = os.lstat(path)
            kind = stat.S_IFMT(found.st_mode)
            if kind in (stat.S_IFREG, stat.S_IFDIR) and noted_owner(path) is None and below.real_at(inside) is None:
                note_owner(path, uid, gid, kind | stat.S_IMODE(found.st_mode))
