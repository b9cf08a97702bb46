"""A container's file system as one archive: the image's layers with what the container has changed, as an overlay of
them shows it, and without what is mounted there.

`python -m longshore.native.command.export DIRECTORY` does it for an ordinary user, the spec on standard input, in a
namespace of the container's ids: files may be closed to their own owner, or belong to subordinate ids."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import IO

from longshore.model.codec import decode, encode
from longshore.model.errors import ShoreError
from longshore.native.image.oci.tarstream import attribute_header
from longshore.native.image.store.tree import LayerTree
from longshore.native.kernel.privileges import is_root
from longshore.native.shared.package import SOURCE
from longshore.native.shared.spec import ContainerSpec

__all__ = ["export"]

OWN_UPPER, IN_MEMORY = "upper", "volatile"
CAPABILITY = "security.capability"
"""What a program may do beyond its user, kept by the kernel beside the file."""


def export(spec: ContainerSpec, directory: Path, file: IO[bytes], *, inside: bool = False) -> None:
    """Write the archive of a container whose own files are in `directory`. Owners are those inside: whoever runs it
    without root is its root, unless it has many ids. ShoreError where its changes are in memory alone."""
    if (directory / IN_MEMORY).exists():
        why = "what it has changed is in memory alone, for its state directory can carry no overlay"
        raise ShoreError(f"{spec.name} cannot be exported: {why}", hint="set XDG_STATE_HOME to a folder on a disk")
    upper = directory / OWN_UPPER
    layers = [*spec.layers, *([str(upper)] if upper.is_dir() else [])]
    if not inside and not is_root():
        _in_namespace(spec, directory, file)
        return
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        writer = _Writer(archive, owners=spec.ids == "many" or is_root())
        for path, real, _ in LayerTree(layers).walk("/"):
            writer.add(path, real)


def _in_namespace(spec: ContainerSpec, directory: Path, file: IO[bytes]) -> None:
    words = [sys.executable, "-S", "-P", "-m", "longshore.native.command.export", str(directory)]
    with subprocess.Popen(
        words, env={"PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(json.dumps(encode(spec)).encode())
        process.stdin.close()
        shutil.copyfileobj(process.stdout, file)
        trouble = process.stderr.read().decode(errors="replace").strip().splitlines()
    if process.returncode:
        what = f"{spec.name} cannot be exported: {trouble[-1] if trouble else 'its process ended early'}"
        raise ShoreError(what, hint="see shore version --debug")


class _Writer:
    def __init__(self, archive: tarfile.TarFile, *, owners: bool) -> None:
        self._archive = archive
        self._owners = owners
        self._linked: dict[tuple[int, int], str] = {}

    def add(self, path: str, real: str) -> None:
        """A file under its first name, every further name of it as a hard link; no socket, which lives with whoever
        listens on it."""
        found = os.lstat(real)
        if stat.S_ISSOCK(found.st_mode):
            return
        info = self._archive.tarinfo(path)
        info.mode, info.mtime = stat.S_IMODE(found.st_mode), int(found.st_mtime)
        info.uid, info.gid = (found.st_uid, found.st_gid) if self._owners else (0, 0)
        self._kind(info, real, found)
        if info.isreg():
            with open(real, "rb") as content:
                self._archive.addfile(info, content)
        else:
            self._archive.addfile(info)

    def _kind(self, info: tarfile.TarInfo, real: str, found: os.stat_result) -> None:
        first = self._linked.get((found.st_dev, found.st_ino))
        if stat.S_ISDIR(found.st_mode):
            info.type = tarfile.DIRTYPE
        elif first is not None:
            info.type, info.linkname = tarfile.LNKTYPE, first
        elif stat.S_ISLNK(found.st_mode):
            info.type, info.linkname = tarfile.SYMTYPE, os.readlink(real)  # noqa: PTH115
        elif stat.S_ISFIFO(found.st_mode):
            info.type = tarfile.FIFOTYPE
        elif stat.S_ISREG(found.st_mode):
            info.size = found.st_size
            info.pax_headers = _capability(real)
        else:
            info.type = tarfile.CHRTYPE if stat.S_ISCHR(found.st_mode) else tarfile.BLKTYPE
            info.devmajor, info.devminor = os.major(found.st_rdev), os.minor(found.st_rdev)
        if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
            self._linked.setdefault((found.st_dev, found.st_ino), info.name)


def _capability(real: str) -> dict[str, str]:
    try:
        value = os.getxattr(real, CAPABILITY)
    except OSError:
        return {}
    return attribute_header(CAPABILITY, value)


def main(directory: str) -> int:
    from longshore.native.kernel.userns import enter_mapped_namespace, enter_user_namespace

    spec = decode(ContainerSpec, json.loads(sys.stdin.buffer.read()))
    try:
        if spec.ids == "many":
            enter_mapped_namespace()
        else:
            enter_user_namespace()
        with open(1, "wb", closefd=False) as file:
            export(spec, Path(directory), file, inside=True)
    except (OSError, ShoreError) as error:
        os.write(2, f"{error}\n".encode())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
