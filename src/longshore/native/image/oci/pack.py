"""A layer's directory to an archive, as a registry wants it: the way back from unpack.py. Run as a program of its own:

    python -m longshore.native.image.oci.pack DIRECTORY KIND LEVEL [EPOCH] >ARCHIVE

with the same KINDs; "one" takes owners and modes from the attribute that unpacking wrote. The same directory comes to
the same bytes, whenever and by whomever it is packed; what is younger than EPOCH (seconds) is dated so. The answer, one
line of JSON, goes to standard error."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import stat
import sys
import tarfile
from contextlib import suppress
from typing import IO, cast

from longshore.native.image.oci.tarstream import attribute_header
from longshore.native.image.store.marks import OPAQUE, WHITEOUT
from longshore.native.image.store.owners import OVERRIDE, wished

__all__ = ["main"]

_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")
_NOT_TOLD = ("trusted.overlay.", "user.overlay.", "security.selinux", "system.")
_KINDS = {
    stat.S_IFREG: tarfile.REGTYPE, stat.S_IFDIR: tarfile.DIRTYPE, stat.S_IFLNK: tarfile.SYMTYPE,
    stat.S_IFIFO: tarfile.FIFOTYPE,
}  # fmt: skip


class _Counted(io.RawIOBase):
    """Hands bytes on and knows their digest and number."""

    def __init__(self, below: IO[bytes]) -> None:
        self._below, self._hash, self.size = below, hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]
        self._below.write(view)
        self._hash.update(view)
        self.size += view.nbytes
        return view.nbytes

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"


class _Packer:
    def __init__(self, tar: tarfile.TarFile, kind: str, youngest: float) -> None:
        self._tar, self._own, self._youngest = tar, kind != "one", youngest
        self._names: dict[tuple[int, int], str] = {}

    def directory(self, path: str) -> None:
        """What is in one, by name, each directory before what is in it."""
        if any(_attribute(path, name) == b"y" for name in _OPAQUE):
            self._empty(f"{_below(path)}{OPAQUE}")
        for name in sorted(os.listdir(path), key=os.fsencode):  # noqa: PTH208 (names that are no text)
            self._entry(f"{_below(path)}{name}", name)

    def _entry(self, path: str, name: str) -> None:
        info = os.lstat(path)
        if stat.S_ISCHR(info.st_mode) and info.st_rdev == 0:
            self._empty(f"{path.removesuffix(name)}{WHITEOUT}{name}")
            return
        kind = _KINDS.get(stat.S_IFMT(info.st_mode))
        if kind is None:  # a socket that a step left, or a device
            return
        self._tar.addfile(*self._described(path, info, kind))
        if kind == tarfile.DIRTYPE:
            self.directory(path)

    def _described(self, path: str, info: os.stat_result, kind: bytes) -> tuple[tarfile.TarInfo, IO[bytes] | None]:
        found = tarfile.TarInfo(path)
        found.type, found.mtime = kind, int(min(info.st_mtime, self._youngest))
        found.uid, found.gid, found.mode = info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)
        if not self._own:
            link = kind == tarfile.SYMTYPE
            found.uid, found.gid, found.mode = (0, 0, found.mode) if link else wished(path, info.st_mode)
        if kind == tarfile.SYMTYPE:
            found.linkname, found.mode = os.readlink(path), 0o777  # noqa: PTH115
            return found, None
        if kind != tarfile.REGTYPE:
            return found, None
        first = self._names.setdefault((info.st_dev, info.st_ino), path) if info.st_nlink > 1 else path
        if first != path:
            found.type, found.linkname = tarfile.LNKTYPE, first
            return found, None
        found.size = info.st_size
        headers: dict[str, str] = {}
        for name in sorted(os.listxattr(path, follow_symlinks=False)):
            if not name.startswith(_NOT_TOLD) and name != OVERRIDE:
                headers |= attribute_header(name, os.getxattr(path, name, follow_symlinks=False))
        found.pax_headers = headers
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return found, open(fd, "rb")

    def _empty(self, path: str) -> None:
        found = tarfile.TarInfo(path)
        found.mode = 0o600
        self._tar.addfile(found)


def _below(path: str) -> str:
    return "" if path == "." else f"{path}/"


def _attribute(path: str, name: str) -> bytes:
    with suppress(OSError):
        return os.getxattr(path, name, follow_symlinks=False)
    return b""


def main(directory: str, kind: str, level: str, epoch: str = "inf") -> int:
    """Pack to standard output, compressed so far; 0, or 1 with what is wrong."""
    from longshore.native.kernel.syscalls import death_signal
    from longshore.native.kernel.userns import enter_mapped_namespace, enter_user_namespace

    death_signal()
    try:
        if kind == "many":
            enter_mapped_namespace()
        elif kind != "root":
            enter_user_namespace()  # to read what the owner itself may not
        os.chdir(directory)
        with open(1, "wb", closefd=False) as out:
            packed = _Counted(out)
            with gzip.GzipFile("", "wb", int(level), cast(IO[bytes], packed), mtime=0) as compressed:
                plain = _Counted(cast(IO[bytes], compressed))
                with tarfile.open(fileobj=cast(IO[bytes], plain), mode="w|", format=tarfile.PAX_FORMAT) as tar:
                    _Packer(tar, kind, float(epoch)).directory(".")
        said: dict[str, object] = {"diff_id": plain.digest, "digest": packed.digest, "size": packed.size}
    except OSError as error:
        said = {"failed": f"{error.filename or directory}: {error.strerror or error}"}
    os.write(2, json.dumps(said).encode() + b"\n")
    return 0 if "digest" in said else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
