"""Archives of programs, unpacked with the permissions that they record."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

from longshore.model.errors import ShoreError

__all__ = ["untar", "unzip_tree"]


def untar(archive: Path, target: Path, *, strip: int, only: str = "") -> None:
    """Unpack a tar file by the host's tar (the standard library's safe way needs Python 3.11.4), without the first
    `strip` parts of its names."""
    target.mkdir(parents=True)
    command = ["tar", "-x", "-f", str(archive), "-C", str(target), "--no-same-owner", f"--strip-components={strip}"]
    result = subprocess.run([*command, *([only] if only else [])], capture_output=True, text=True, check=False)
    if result.returncode:
        raise ShoreError(f"cannot unpack {archive.name}", details=tuple(result.stderr.splitlines()[-5:]))


def unzip_tree(wheel: Path, prefix: str, target: Path, keep: tuple[str, ...] = ("",)) -> None:
    """Unpack what is below `prefix` in a zip file, with its permissions (which zipfile itself drops)."""
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            name = info.filename.removeprefix(prefix)
            if (name == info.filename and prefix) or info.is_dir() or not name.startswith(keep):
                continue
            if ".." in Path(name).parts:
                raise ShoreError(f"{wheel.name} holds a path that leads out of it: {name}", hint="it is not used")
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(info))
            path.chmod((info.external_attr >> 16 & 0o777) or 0o644)
