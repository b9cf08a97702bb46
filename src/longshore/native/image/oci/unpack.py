"""One layer's archive to a directory that an overlay can have as a lower one. Run as a program of its own:

    python -m longshore.native.image.oci.unpack DIRECTORY KIND <ARCHIVE

It makes DIRECTORY its root, as an ordinary user in a user namespace: no name and no link of the archive leads out of
it, however it is written. KIND says whose the files are: "root" gives them the archive's owners, and so does "many", as
subordinate ids; "one" leaves all with the caller, who can have no other, and writes the owner and mode that a file
should have into an extended attribute, by the name that containers/storage has for it. The answer is one line of
JSON."""

# ruff: noqa: PTH101, PTH102, PTH108, PTH116, PTH211 (names are bytes here, which pathlib does not take)
from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from longshore.native.image.oci.streams import Ahead, Damaged
from longshore.native.image.oci.tarstream import BadArchive, Member, Source, read_members
from longshore.native.image.store import marks
from longshore.native.image.store.owners import OVERRIDE, note_owner

__all__ = ["Unpacker", "main", "parts_of"]

IMPLIED = 0o755
WHITEOUT, META, OPAQUE = marks.WHITEOUT.encode(), marks.META.encode(), marks.OPAQUE.encode()
_OVERLAY = ("trusted.overlay.", "user.overlay.")
_OWN = {"root": "trusted.overlay.opaque", "one": "user.overlay.opaque", "many": "user.overlay.opaque"}
_MOST_NAME = 4096


class Refused(ValueError):
    """Something in the archive that no layer may have."""


class _Directory(NamedTuple):
    mode: int
    uid: int
    gid: int
    mtime: int


def parts_of(name: bytes) -> list[bytes]:
    """The names on the way, from the layer's root. Refused for what would lead out of it."""
    found: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            if not found:
                raise Refused(f"{_shown(name)} leads out of the layer")
            found.pop()
        elif part not in (b"", b"."):
            found.append(part)
    return found


class Unpacker:
    """Writes into the present directory, which is the root. `owners`: files get those of the archive."""

    def __init__(self, kind: str) -> None:
        self.owners, self._opaque = kind != "one", _OWN[kind]
        self._directories: dict[bytes, _Directory] = {}
        self._made = {b""}
        """Ways that are there, and lead through directories."""
        self.bytes = 0

    def all(self, source: Source) -> None:
        for member in read_members(source):
            if len(member.name) > _MOST_NAME or b"\0" in member.name:
                raise Refused(f"{_shown(member.name)} is no name that a file can have")
            self._one(member, source)
        self._finish()

    def _one(self, member: Member, source: Source) -> None:
        parts = parts_of(member.name)
        if not parts:
            if member.kind == b"5":
                self._directories[b"."] = _Directory(member.mode, member.uid, member.gid, member.mtime)
            self._skip(member, source)
            return
        self._way(parts)
        path = b"/".join(parts)
        if parts[-1].startswith(WHITEOUT):
            self._hide(parts)
            self._skip(member, source)
        elif member.kind == b"5":
            self._directory(path, member)
        elif member.kind == b"0":
            self._file(path, member, source)
        elif member.kind == b"2":
            self._fresh(path)
            os.symlink(member.link, path)
            self._dress(path, member)
        elif member.kind == b"1":
            self._link(path, member)
        elif member.kind == b"6":
            self._fresh(path)
            os.mkfifo(path, 0o600)
            self._dress(path, member)
        elif member.kind not in (b"3", b"4"):  # devices are left out: no container of ours may open one
            raise Refused(f"{_shown(member.name)} is of a kind that is not known: {member.kind!r}")

    def _skip(self, member: Member, source: Source) -> None:
        for _ in source.content(member.size):
            pass

    def _way(self, parts: list[bytes]) -> None:
        """Make the directories above a member that the archive does not name. Links are followed, in here."""
        above = b"/".join(parts[:-1])
        if above in self._made:
            return
        for end in range(1, len(parts)):
            path = b"/".join(parts[:end])
            if path in self._made:
                continue
            try:
                os.mkdir(path, IMPLIED)
            except FileExistsError:
                if not _is_directory(path):
                    if _is_link(path):
                        raise Refused(f"{_shown(path)} is a link that leads to no directory of the layer") from None
                    os.unlink(path)
                    os.mkdir(path, IMPLIED)
            if not _is_link(path):
                self._made.add(path)

    def _fresh(self, path: bytes) -> None:
        """Whatever is there goes; something else comes."""
        try:
            info = os.lstat(path)
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(info.st_mode):
            os.unlink(path)
            return
        _remove(path)
        below = path + b"/"
        self._made = {known for known in self._made if known != path and not known.startswith(below)}
        for known in [known for known in self._directories if known == path or known.startswith(below)]:
            del self._directories[known]

    def _hide(self, parts: list[bytes]) -> None:
        """A whiteout, as an overlay has it. AUFS's own files are of no use to anybody."""
        name, above = parts[-1], b"/".join(parts[:-1])
        if name == OPAQUE:
            os.setxattr(above or b".", self._opaque, b"y")
            return
        if name.startswith(META):
            return
        hidden = name[len(WHITEOUT) :]
        if hidden in (b"", b".", b".."):
            raise Refused(f"{_shown(name)} hides nothing that can be there")
        path = above + b"/" + hidden if above else hidden
        self._fresh(path)
        os.mknod(path, stat.S_IFCHR, 0)

    def _directory(self, path: bytes, member: Member) -> None:
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            if _is_link(path) or not _is_directory(path):
                os.unlink(path)
                os.mkdir(path, 0o700)
        self._made.add(path)
        self._directories[path] = _Directory(member.mode, member.uid, member.gid, member.mtime)
        self._attributes(path, member.xattrs)

    def _file(self, path: bytes, member: Member, source: Source) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            fd = os.open(path, flags, 0o600)
        except FileExistsError:
            self._fresh(path)
            fd = os.open(path, flags, 0o600)
        try:
            for piece in source.content(member.size):
                left = piece
                while left:
                    left = left[os.write(fd, left) :]
            self.bytes += member.size
            self._own(fd, member.uid, member.gid, member.mode, stat.S_IFREG)
            self._attributes(fd, member.xattrs)
            os.utime(fd, ns=(member.mtime, member.mtime))
        finally:
            os.close(fd)

    def _link(self, path: bytes, member: Member) -> None:
        first = b"/".join(parts_of(member.link))
        try:
            os.lstat(first)
            if first != path:
                self._fresh(path)
                os.link(first, path, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            raise Refused(f"{_shown(member.name)} is a link to {_shown(first)}, which is not there") from None

    def _dress(self, path: bytes, member: Member) -> None:
        """Of a link or a pipe, which cannot keep whose it should be."""
        if self.owners:
            _give(path, member.uid, member.gid)
        if member.kind == b"6":
            os.chmod(path, member.mode & 0o1777 if not self.owners else member.mode)
        os.utime(path, ns=(member.mtime, member.mtime), follow_symlinks=False)

    def _own(self, where: int | bytes, uid: int, gid: int, mode: int, kind: int) -> None:
        if self.owners:
            _give(where, uid, gid)
            os.chmod(where, mode)
            return
        kept = mode & 0o1777
        if kind == stat.S_IFDIR:
            kept |= 0o500  # its owner, who has no more rights than this, is to look into it
        os.chmod(where, kept)
        if uid or gid or kept != mode:
            note_owner(where, uid, gid, kind | mode)

    def _attributes(self, where: int | bytes, found: Mapping[bytes, bytes]) -> None:
        """Those of the archive, less what would steer the overlay or stand for our own notes; an ordinary user has no
        capabilities to give to a file."""
        for raw, value in found.items():
            name = os.fsdecode(raw)
            if name.startswith(_OVERLAY) or name == OVERRIDE or (not self.owners and not name.startswith("user.")):
                continue
            try:
                os.setxattr(where, raw, value)
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EINVAL):
                    raise

    def _finish(self) -> None:
        """Modes and times of directories come last: what is written into one changes its time, and one that nobody may
        write into could not be filled."""
        for path, wanted in sorted(self._directories.items(), reverse=True):
            self._own(path, wanted.uid, wanted.gid, wanted.mode, stat.S_IFDIR)
            os.utime(path, ns=(wanted.mtime, wanted.mtime))


def _give(where: int | bytes, uid: int, gid: int) -> None:
    try:
        os.chown(where, uid, gid, follow_symlinks=isinstance(where, int))
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise Refused(f"a file of {uid}:{gid}, and there are 65536 ids here") from None


def _is_link(path: bytes) -> bool:
    return stat.S_ISLNK(os.lstat(path).st_mode)


def _is_directory(path: bytes) -> bool:
    """Also where a link leads to one."""
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except OSError:
        return False


def _remove(path: bytes) -> None:
    import shutil

    shutil.rmtree(path)


def _shown(name: bytes) -> str:
    text = os.fsencode(name).decode("utf-8", errors="replace")
    return repr(text if len(text) <= 100 else f"{text[:97]}...")


def main(directory: str, kind: str) -> int:
    """Unpack standard input; 0, or 1 with what is wrong."""
    import codecs
    import ctypes
    import shutil  # what is wanted later would be looked for in the new root

    from longshore.native.kernel.syscalls import death_signal
    from longshore.native.kernel.userns import enter_mapped_namespace, enter_user_namespace

    death_signal()
    assert shutil
    for name in ("ascii", "utf-8"):
        codecs.lookup(name)
    with suppress(OSError):
        ctypes.CDLL("libgcc_s.so.1")  # glibc wants it at a thread's end
    os.umask(0)
    try:
        if kind == "many":
            enter_mapped_namespace()
        elif kind != "root":
            enter_user_namespace()
        os.chroot(directory)
        os.chdir("/")
        stream = Ahead(0)
        source, unpacker = Source(stream.more), Unpacker(kind)
        unpacker.all(source)
        source.drain()
        said = {"digest": stream.digest(), "bytes": unpacker.bytes}
    except (Refused, BadArchive, Damaged) as error:
        said = {"refused": str(error)}
    except OSError as error:
        said = {"failed": error.strerror or str(error), "errno": error.errno or 0}
    os.write(1, json.dumps(said).encode() + b"\n")
    return 0 if "digest" in said else 1


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:3]))  # the thread that decompresses may wait for ever
