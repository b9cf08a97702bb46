"""Wheels put beside an interpreter with no pip to do it."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["console_script", "install_wheel"]


def install_wheel(wheel: Path, site: Path, bin_: Path, minor: str) -> None:
    """Unpack a pure wheel and write its console scripts (the binary distribution format, PyPA)."""
    import zipfile

    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        entry = next((n for n in archive.namelist() if n.endswith(".dist-info/entry_points.txt")), None)
        scripts = archive.read(entry).decode() if entry else ""
    section = re.search(r"\[console_scripts\]\n((?:.+\n?)*)", scripts)
    for line in (section[1] if section else "").splitlines():
        match = re.match(r"([\w.-]+)\s*=\s*([\w.]+):(\w+)", line)
        if match and not re.search(r"\d\.\d+$", match[1]):
            console_script(bin_ / match[1], match[2], match[3], minor)


def console_script(path: Path, module: str, function: str, minor: str) -> None:
    """A program at `path` that calls `function` of `module`."""
    path.write_text(
        f"#!/usr/local/bin/python{minor}\nimport re\nimport sys\nfrom {module} import {function}\n"
        "if __name__ == '__main__':\n    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n"
        f"    sys.exit({function}())\n"
    )
    path.chmod(0o755)
