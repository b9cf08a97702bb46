"""The interpreter of `python:X.Y`: a tree at /usr/local as the official image has it.

Sources in order: Debian's own packages of the release that has that minor version, moved to /usr/local with Debian's
own directory scheme taken back; else an interpreter of this machine (see hostpython)."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from longshore.engine.native.image import debian, debs, hostpython, rootfs
from longshore.engine.native.image.apt import Progress
from longshore.engine.native.image.cache import Cache, key_of
from longshore.model.errors import ShoreError

__all__ = ["DEBIAN_MINORS", "python_layer", "release_with"]

RECIPE = 2
DEBIAN_MINORS = {"3.9": "bullseye", "3.11": "bookworm", "3.13": "trixie"}
"""The Debian release whose own Python has that minor version."""
LIBRARIES = ("libssl3", "libsqlite3-0", "libffi8", "libreadline8", "libexpat1", "libncursesw6", "libbz2-1.0", "liblzma5",
             "zlib1g", "libuuid1", "libnsl2", "libtirpc3", "libdb5.3", "libgdbm6", "libgdbm-compat4", "media-types",
             "openssl")  # fmt: skip
"""What the interpreter's extension modules load; these stay where Debian has them, known to dpkg, as in the official
image."""
LINKS = {"python3": "python{v}", "python": "python3", "pydoc3": "pydoc{v}", "pydoc": "pydoc3",
         "python3-config": "python{v}-config", "python-config": "python3-config"}  # fmt: skip


def release_with(minor: str) -> str:
    """The Debian release that carries Python `minor`, or ""."""
    return DEBIAN_MINORS.get(minor, "")


async def python_layer(
    cache: Cache, minor: str, release: str, progress: Progress, *, offline: bool = False
) -> tuple[Path, str]:
    """The layer with Python `minor` above the base of `release`, and its whole version ("3.11.2")."""
    own = release_with(minor) == release
    source = None if own else hostpython.find(minor)
    if not own and source is None:
        raise hostpython.nothing_found(minor)
    key = key_of("python", RECIPE, minor, release, source.version if source else "debian", os.geteuid() == 0)
    if not cache.has_layer(key):
        async with cache.lock(key):
            if not cache.has_layer(key):
                await _make(cache, key, minor, release, source, progress, offline=offline)
    return cache.layer_root(key), str(cache.layer_info(key)["version"])


async def _make(
    cache: Cache, key: str, minor: str, release: str, source: hostpython.Interpreter | None, progress: Progress,
    *, offline: bool,
) -> None:  # fmt: skip
    with cache.staging() as staged:
        root = staged / "layer" / "root"
        root.mkdir(parents=True)
        libraries = LIBRARIES if release != "bullseye" else tuple(n for n in LIBRARIES if n in BULLSEYE) + BULLSEYE_ONLY
        if release == "trixie":
            libraries = tuple(TRIXIE.get(name, name) for name in libraries)
        await debian.add_packages(cache, release, libraries, root, staged, progress, offline=offline)
        if source is None:
            version = await _from_debian(cache, minor, release, root, staged, progress, offline=offline)
        else:
            version = source.version
            await asyncio.to_thread(hostpython.copy, source, root / "usr/local")
        await asyncio.to_thread(_finish, root, minor)
        cache.publish_layer(key, staged / "layer", {"kind": "python", "version": version})


BULLSEYE = frozenset(LIBRARIES) - {"libssl3", "libffi8"}
BULLSEYE_ONLY = ("libssl1.1", "libffi7")
TRIXIE = {"libssl3": "libssl3t64", "libreadline8": "libreadline8t64", "libtirpc3": "libtirpc3t64", "libdb5.3": "libdb5.3t64",
          "libgdbm6": "libgdbm6t64", "libgdbm-compat4": "libgdbm-compat4t64"}  # fmt: skip
"""Names that changed with Debian 13's move to 64-bit time."""


async def _from_debian(
    cache: Cache, minor: str, release: str, root: Path, staged: Path, progress: Progress, *, offline: bool
) -> str:
    """Unpack Debian's interpreter beside the layer, then move what belongs to /usr/local over into it."""
    aside = staged / "interpreter"
    aside.mkdir()
    names = [f"python{minor}-dev", f"python{minor}-venv", "python3-pip-whl", "python3-setuptools-whl"]
    if minor in ("3.9", "3.11"):
        names += ["python3-distutils", "python3-lib2to3"]
    packages = await debian.add_packages(
        cache, release, names, aside, staged / "scratch", progress, offline=offline, register=False
    )
    await asyncio.to_thread(relocate, aside, root / "usr/local", minor)
    found = next(p for p in packages if p.fields["Package"] == f"python{minor}")
    return re.sub(r"^\d+:|[-+~].*", "", found.fields["Version"])


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
    site = local / "lib" / name / "site-packages"
    site.mkdir(exist_ok=True)
    for wheel in sorted((tree / "usr/share/python-wheels").glob("*.whl")):
        install_wheel(wheel, site, local / "bin", minor)


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
    edit(lib / "sysconfig.py" if (lib / "sysconfig.py").exists() else lib / "sysconfig/__init__.py", SYSCONFIG)
    edit(lib / "site.py", SITE)
    edit(lib / "ensurepip/__init__.py", ENSUREPIP)
    if (lib / "distutils").is_dir():
        edit(lib / "distutils/command/install.py", DISTUTILS)
        edit(lib / "distutils/sysconfig.py", {r'"python3", "dist-packages"': "get_python_version_dir(), 'site-packages'"})
        text = (lib / "distutils/sysconfig.py").read_text()
        (lib / "distutils/sysconfig.py").write_text(text + VERSION_DIRECTORY)
    name = lib.name
    places: Mapping[str, str] = {
        rf"/usr/lib/{re.escape(triplet)}": "/usr/local/lib", rf"/usr/lib/{name}": f"/usr/local/lib/{name}",
        r"/usr/include": "/usr/local/include", r"'(prefix|exec_prefix)': '/usr'": r"'\1': '/usr/local'",
        r"'BINDIR': '/usr/bin'": "'BINDIR': '/usr/local/bin'", r"'SCRIPTDIR': '/usr/lib'": "'SCRIPTDIR': '/usr/local/lib'",
        r"(?m)^prefix=(\s*)/usr$": r"prefix=\1/usr/local",
        r"'WHEEL_PKG_DIR': '[^']*'": "'WHEEL_PKG_DIR': ''",
    }  # fmt: skip
    for path in (*lib.glob("_sysconfigdata_*.py"), *lib.glob("config-*/Makefile")):
        if not path.is_symlink():
            edit(path, places, every=False)
    for archive in lib.glob("config-*/*.a"):
        archive.unlink()
    for dangling in lib.rglob("*"):
        if dangling.is_symlink() and not dangling.exists():
            dangling.unlink()
    edit(bin_ / f"{name}-config", {r"/usr(?=/|$|\")(?!/local|/bin/env)": "/usr/local"}, every=False)


SYSCONFIG = {r"prefix_scheme = 'posix_local'": "prefix_scheme = 'posix_prefix'"}
SITE = {
    r'os\.path\.join\(prefix, "local/lib",\s*"python%d\.%d[^"]*" %[^"]+?\s*"dist-packages"\)': "None",
    r'sitepackages\.append\(None\)': "pass",
    r'sitepackages\.append\(os\.path\.join\(prefix, "lib",\s*"python3",\s*"dist-packages"\)\)': "pass",
    r'"dist-packages"': '"site-packages"',
}
ENSUREPIP = {r"(?m)^( +)_ensurepip_is_disabled_in_debian_for_system\(\)$": r"\1pass"}
DISTUTILS = {
    r"\{base\}/local/lib/python\{py_version_short\}/dist-packages": "{base}/lib/python{py_version_short}/site-packages",
    r"\{platbase\}/local/\{platlibdir\}/python\{py_version_short\}/dist-packages":
    "{platbase}/{platlibdir}/python{py_version_short}/site-packages",
    r"\{base\}/local": "{base}",
}  # fmt: skip
VERSION_DIRECTORY = "\n\ndef get_python_version_dir():\n    return 'python' + get_python_version()\n"


def edit(path: Path, changes: Mapping[str, str], *, every: bool = True) -> None:
    """Apply regular expressions to a file. With `every`, each must apply: a package that has changed is found out
    here, not in somebody's build."""
    text = path.read_text()
    for pattern, replacement in changes.items():
        text, count = re.subn(pattern, replacement, text)
        if every and not count:
            raise ShoreError(f"{path.name} of Debian's Python is not as expected ({pattern})", hint="report this")
    path.write_text(text)


def install_wheel(wheel: Path, site: Path, bin_: Path, minor: str) -> None:
    """Unpack a pure wheel and write its console scripts (the binary distribution format, PyPA)."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        entry = next((n for n in archive.namelist() if n.endswith(".dist-info/entry_points.txt")), None)
        scripts = archive.read(entry).decode() if entry else ""
    section = re.search(r"\[console_scripts\]\n((?:.+\n?)*)", scripts)
    for line in (section[1] if section else "").splitlines():
        match = re.match(r"([\w.-]+)\s*=\s*([\w.]+):(\w+)", line)
        if match and match[1] != f"pip-{minor}":
            _script(bin_ / match[1], match[2], match[3], minor)


def _script(path: Path, module: str, function: str, minor: str) -> None:
    path.write_text(
        f"#!/usr/local/bin/python{minor}\nimport re\nimport sys\nfrom {module} import {function}\n"
        "if __name__ == '__main__':\n    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n"
        f"    sys.exit({function}())\n"
    )
    path.chmod(0o755)


def _finish(root: Path, minor: str) -> None:
    """The links beside the interpreter, ownership by root, and a tree that is compiled."""
    bin_ = root / "usr/local/bin"
    for link, target in LINKS.items():
        if not (bin_ / link).exists() and (bin_ / target.format(v=minor)).exists():
            (bin_ / link).symlink_to(target.format(v=minor))
    pip = bin_ / f"pip{minor}"
    for name in ("pip", "pip3", f"pip{minor}"):
        if not (bin_ / name).exists():
            _script(bin_ / name, "pip._internal.cli.main", "main", minor)
    assert pip.exists()
    debian.trim(root)
    rootfs.own_all(root / "usr/local")


def registered(packages: tuple[debs.Package, ...]) -> tuple[str, ...]:
    return tuple(package.fields["Package"] for package in packages)
