"""Debian's Python moved from /usr to /usr/local, with Debian's own directory scheme taken back: what `pip install` in
it does is what it does in the official image."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from longshore.model.errors import ShoreError

__all__ = ["edit", "relocate", "unfreeze"]


def relocate(tree: Path, local: Path, minor: str) -> None:
    """Move Debian's Python from `tree`/usr to `local` and take back what Debian changed for /usr."""
    name = f"python{minor}"
    triplet = next((tree / "usr/lib").glob(f"*-linux-gnu*/lib{name}.so.1")).parent.name
    for sub in ("bin", "lib/pkgconfig", "include"):
        (local / sub).mkdir(parents=True, exist_ok=True)
    for program in (name, f"{name}-config", f"pydoc{minor}"):
        shutil.copy2(tree / "usr/bin" / program, local / "bin" / program)
    shutil.copytree(tree / "usr/lib" / name, local / "lib" / name, symlinks=True)
    shutil.copytree(tree / "usr/include" / name, local / "include" / name, symlinks=True)
    shutil.copy2(tree / f"usr/include/{triplet}/{name}/pyconfig.h", local / "include" / name / "pyconfig.h")
    _shared_library(tree / "usr/lib" / triplet, local / "lib", name)
    _own_scheme(local / "lib" / name, local / "bin", triplet)
    (local / "lib" / name / "site-packages").mkdir(exist_ok=True)
    bundled = local / "lib" / name / "ensurepip/_bundled"
    bundled.mkdir(exist_ok=True)
    for wheel in (tree / "usr/share/python-wheels").glob("*.whl"):
        shutil.copy2(wheel, bundled / wheel.name)
    for binary in (local / "bin" / name, local / "lib" / f"lib{name}.so.1.0"):
        binary.write_bytes(unfreeze(binary.read_bytes()))


FROZEN = {b"dist-packages": b"site-packages", b"local/lib": b"lib"}
MARSHALLED = {b"dist-packages": b"site-packages", b"local/lib": b"./././lib"}
"""In marshalled code a string cannot change its length; `site` makes the path absolute before it is used."""


def unfreeze(binary: bytes) -> bytes:
    """`site` is compiled into the interpreter (frozen modules, Python 3.11 and later), so its file alone does not
    count: give its string constants their new text. 3.11 and 3.12 hold them as PyASCIIObject structures in the data
    section, whose length changes too; 3.13 as marshalled code (marshal.c: a type byte, a length byte, the text)."""
    changed = bytearray(binary)
    for old, new in FROZEN.items():
        for match in re.finditer(re.escape(old) + b"\0", binary):
            length = next((match.start() - n for n in (32, 24) if _number(binary, match.start() - n) == len(old)), None)
            if length is not None:
                changed[length : length + 8] = len(new).to_bytes(8, "little")
                changed[match.start() : match.end()] = new.ljust(len(old) + 1, b"\0")
    for old, new in MARSHALLED.items():
        for match in re.finditer(b"(?<=[zZ\xfa\xda]" + re.escape(bytes([len(old)])) + b")" + re.escape(old), binary):
            changed[match.start() : match.end()] = new
    if changed == binary:
        raise _unexpected("the interpreter", "frozen site")
    return bytes(changed)


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def _unexpected(name: str, pattern: str) -> ShoreError:
    return ShoreError(f"{name} of Debian's Python is not as expected ({pattern})", hint="please report this")


def _shared_library(source: Path, target: Path, name: str) -> None:
    real = next(source.glob(f"lib{name}.so.1.0"))
    shutil.copy2(real, target / real.name)
    (target / f"lib{name}.so.1").symlink_to(real.name)
    (target / f"lib{name}.so").symlink_to(real.name)
    for pc in (source / "pkgconfig").glob(f"python-{name[6:]}*.pc"):
        text = pc.read_text().replace("prefix=/usr\n", "prefix=/usr/local\n")
        (target / "pkgconfig" / pc.name).write_text(text.replace(f"lib/{source.name}", "lib"))


def _own_scheme(lib: Path, bin_: Path, triplet: str) -> None:
    """site-packages instead of dist-packages, /usr/local instead of /usr, no bar against pip."""
    (lib / "EXTERNALLY-MANAGED").unlink(missing_ok=True)
    (lib / "sitecustomize.py").unlink(missing_ok=True)
    (lib / "_distutils_system_mod.py").unlink(missing_ok=True)  # by it Debian changes setuptools' idea of the scheme
    edit(lib / "sysconfig.py" if (lib / "sysconfig.py").exists() else lib / "sysconfig/__init__.py", SYSCONFIG)
    edit(lib / "site.py", SITE)
    edit(lib / "ensurepip/__init__.py", ENSUREPIP)
    if (lib / "distutils").is_dir():
        edit(lib / "distutils/command/install.py", DISTUTILS)
        edit(
            lib / "distutils/sysconfig.py", {r'"python3", "dist-packages"': "get_python_version_dir(), 'site-packages'"}
        )
        text = (lib / "distutils/sysconfig.py").read_text()
        (lib / "distutils/sysconfig.py").write_text(text + VERSION_DIRECTORY)
    name = lib.name
    places: Mapping[str, str] = {
        rf"/usr/lib/{re.escape(triplet)}": "/usr/local/lib",
        rf"/usr/lib/{name}": f"/usr/local/lib/{name}",
        r"/usr/include": "/usr/local/include",
        r"'(prefix|exec_prefix)': '/usr'": r"'\1': '/usr/local'",
        r"'BINDIR': '/usr/bin'": "'BINDIR': '/usr/local/bin'",
        r"'SCRIPTDIR': '/usr/lib'": "'SCRIPTDIR': '/usr/local/lib'",
        r"(?m)^prefix=(\s*)/usr$": r"prefix=\1/usr/local",
        r"'WHEEL_PKG_DIR': '[^']*'": f"'WHEEL_PKG_DIR': '/usr/local/lib/{name}/ensurepip/_bundled'",
    }
    for path in (*lib.glob("_sysconfigdata_*.py"), *lib.glob("config-*/Makefile")):
        if not path.is_symlink():
            edit(path, places, every=False)
    for archive in lib.glob("config-*/*.a"):
        archive.unlink()
    for dangling in lib.rglob("*"):
        if dangling.is_symlink() and not dangling.exists():
            dangling.unlink()
    config = {rf"/lib/{re.escape(triplet)}": "/lib", r"/usr(?=/|$|\")(?!/local|/bin/env)": "/usr/local"}
    edit(bin_ / f"{name}-config", config, every=False)


SYSCONFIG = {r"prefix_scheme = 'posix_local'": "prefix_scheme = 'posix_prefix'"}
SITE = {
    r'os\.path\.join\(prefix, "local/lib",\s*"python%d\.%d[^"]*" %[^"]+?\s*"dist-packages"\)': "None",
    r"sitepackages\.append\(None\)": "pass",
    r'sitepackages\.append\(os\.path\.join\(prefix, "lib",\s*"python3",\s*"dist-packages"\)\)': "pass",
    r'"dist-packages"': '"site-packages"',
}
ENSUREPIP = {r"(?m)^( +)_ensurepip_is_disabled_in_debian_for_system\(\)$": r"\1pass"}
DISTUTILS = {
    r"\{base\}/local/lib/python\{py_version_short\}/dist-packages": "{base}/lib/python{py_version_short}/site-packages",
    r"\{platbase\}/local/\{platlibdir\}/python\{py_version_short\}/dist-packages": (
        "{platbase}/{platlibdir}/python{py_version_short}/site-packages"
    ),
    r"\{base\}/local": "{base}",
}
VERSION_DIRECTORY = "\n\ndef get_python_version_dir():\n    return 'python' + get_python_version()\n"


def edit(path: Path, changes: Mapping[str, str], *, every: bool = True) -> None:
    """Apply regular expressions to a file. With `every`, each must apply: a package that has changed is found out
    here, not in somebody's build."""
    text = path.read_text()
    for pattern, replacement in changes.items():
        text, count = re.subn(pattern, replacement, text)
        if every and not count:
            raise _unexpected(path.name, pattern)
    path.write_text(text)
