"""Archives that ADD unpacks: told by their first bytes, unpacked into a layer as Docker does it, never outside of
it."""

# ruff: noqa: PTH211
from __future__ import annotations

import bz2
import gzip
import lzma
import os
import posixpath
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, cast

from longshore.model.errors import ShoreError
from longshore.native.image.build.layer import Owner, WrittenLayer

__all__ = ["is_archive", "unpack"]

BLOCK = 512
IMPLIED = 0o755
XATTR = "SCHILY.xattr."
ZSTD = b"\x28\xb5\x2f\xfd"
READERS: Mapping[bytes, Callable[[str], gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile]] = {
    b"\x1f\x8b\x08": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
BROKEN = (OSError, EOFError, ValueError, lzma.LZMAError, tarfile.TarError)


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """The file's content, decompressed where it is compressed."""
    with open(path, "rb") as plain:
        head = plain.read(6)
        if head.startswith(ZSTD):
            with _zstd(path) as stream:
                yield stream
            return
        reader = next((READERS[magic] for magic in READERS if head.startswith(magic)), None)
        if reader is None:
            plain.seek(0)
            yield plain
            return
    with reader(path) as stream:
        yield cast(IO[bytes], stream)


@contextmanager
def _zstd(path: str) -> Iterator[IO[bytes]]:
    program = shutil.which("zstd")
    if program is None:
        hint = "install zstd on this machine, or compress the archive by gzip"
        raise ShoreError(f"{posixpath.basename(path)} is compressed by zstd, which is not there", hint=hint)
    with subprocess.Popen([program, "-dcq", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        yield process.stdout


def is_archive(path: str) -> bool:
    """Whether ADD would unpack the file: one whose content, perhaps compressed, begins with a tar header."""
    info = os.lstat(path)
    if not stat.S_ISREG(info.st_mode):
        return False
    with suppress(*BROKEN), _opened(path) as stream:
        tarfile.TarInfo.frombuf(stream.read(BLOCK), "utf-8", "surrogateescape")
        return True
    return False


def unpack(path: str, layer: WrittenLayer, target: str, owner: Owner | None) -> None:
    """Unpack into the directory `target`, which is the archive's root: nothing in it leads out. What is in the way is
    replaced, but a directory by a directory."""
    try:
        with _opened(path) as stream, tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as archive:
            _Unpacker(layer, target, owner).all(archive)
    except BROKEN as error:
        name = posixpath.basename(path)
        raise ShoreError(f"cannot unpack {name}: {error}", hint="is it whole?") from None


class _Unpacker:
    def __init__(self, layer: WrittenLayer, target: str, owner: Owner | None) -> None:
        self.layer, self.target, self.owner = layer, target, owner

    def all(self, archive: tarfile.TarFile) -> None:
        directories: list[tuple[str, int]] = []
        for member in archive:
            name = posixpath.normpath(f"/{member.name.lstrip('/')}").lstrip("/")
            if not name:
                continue
            path = self._path(name)
            self._member(archive, member, path)
            if member.isdir():
                directories.append((path, int(member.mtime * 1e9)))
        for path, time in directories:
            self.layer.date(path, (time, time))

    def _path(self, name: str) -> str:
        """Where a member goes: links in the way are followed inside the target."""
        above = posixpath.dirname(name)
        parent = self.layer.resolve(above, within=self.target)
        if above and self.layer.lstat(parent) is None:
            holder = self.layer.resolve(posixpath.dirname(above), within=self.target)
            if self.layer.lstat(f"{holder.rstrip('/')}/{posixpath.basename(above)}") is not None:
                raise ShoreError(f"/{name} in the archive lies behind a link that leads nowhere", hint="make it anew")
        self.layer.make_directories(parent, IMPLIED, None)
        return f"{parent.rstrip('/')}/{posixpath.basename(name)}"

    def _member(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
        there = self.layer.lstat(path)
        if there is None or not (stat.S_ISDIR(there.st_mode) and member.isdir()):
            self._make(archive, member, path)
        mode = None if member.issym() else member.mode & 0o7777
        time = int(member.mtime * 1e9)
        self.layer.dress(path, mode, self.owner or (member.uid, member.gid), (time, time))
        self._attributes(member, path)

    def _make(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
        if member.isdir():
            self.layer.remove(path)
            self.layer.make_directory(path, IMPLIED, None)
            return
        if member.islnk():
            first = self.layer.here(self._path(posixpath.normpath(member.linkname.lstrip("/"))))
            os.link(first, self.layer.place(path), follow_symlinks=False)
            return
        place = self.layer.place(path)
        if member.issym():
            os.symlink(member.linkname, place)
        elif member.isreg():
            content = archive.extractfile(member)
            with open(place, "wb") as made:
                shutil.copyfileobj(cast(IO[bytes], content), made)
        else:
            self._special(member, place)

    def _special(self, member: tarfile.TarInfo, place: str) -> None:
        kinds = {tarfile.FIFOTYPE: stat.S_IFIFO, tarfile.CHRTYPE: stat.S_IFCHR, tarfile.BLKTYPE: stat.S_IFBLK}
        if member.type not in kinds:
            raise ShoreError(f"{member.name} in the archive is of a kind that is not known", hint="make it anew")
        try:
            os.mknod(place, kinds[member.type] | member.mode & 0o7777, os.makedev(member.devmajor, member.devminor))
        except PermissionError:
            what = f"{member.name} in the archive is a device, which an ordinary user cannot make"
            raise ShoreError(what, hint="leave it out, or build as root") from None

    def _attributes(self, member: tarfile.TarInfo, path: str) -> None:
        for name, value in member.pax_headers.items():
            if name.startswith(XATTR):
                data = value.encode("utf-8", "surrogateescape")  # tarfile's text for bytes of any kind
                with suppress(OSError):
                    os.setxattr(self.layer.root + path, name.removeprefix(XATTR), data, follow_symlinks=False)
