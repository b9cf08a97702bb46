"""The interpreter of `python:X.Y`: a tree at /usr/local as the official image has it.

Sources in order: Debian's own packages of the release that has that minor version, moved to /usr/local with Debian's
own directory scheme taken back; else an interpreter of this machine (see hostpython)."""

from __future__ import annotations

import asyncio
import re
import zipfile
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.build.sandbox import Sandbox, run_in
from longshore.native.image.catalog import recipes
from longshore.native.image.catalog.carried import PYTHON
from longshore.native.image.debian import base as debian
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.apt import Progress
from longshore.native.image.providers import debianpython, hostpython
from longshore.native.image.store.cache import Cache, key_of

__all__ = ["python_layer"]

LIBRARIES = ("libssl3", "libsqlite3-0", "libffi8", "libreadline8", "libexpat1", "libncursesw6", "libbz2-1.0",
             "liblzma5", "zlib1g", "libuuid1", "libnsl2", "libtirpc3", "libdb5.3", "libgdbm6", "libgdbm-compat4",
             "media-types", "openssl")  # fmt: skip
"""What the interpreter's extension modules load; these stay where Debian has them, known to dpkg, as in the official
image."""
LINKS = {"python3": "python{v}", "python": "python3", "pydoc3": "pydoc{v}", "pydoc": "pydoc3",
         "python3-config": "python{v}-config", "python-config": "python3-config"}  # fmt: skip


async def python_layer(
    cache: Cache, minor: str, release: str, below: tuple[str, ...], progress: Progress, *, offline: bool = False
) -> tuple[Path, str]:
    """The layer with Python `minor` above the layers `below` of Debian `release`, and its whole version ("3.11.2")."""
    own = PYTHON.get(minor) == release
    source = None if own else hostpython.find(minor)
    if not own and source is None:
        raise hostpython.nothing_found(minor)
    key = key_of("python", recipes.PYTHON, minor, release, source.version if source else "debian",
                 [Path(layer).parent.name for layer in below])  # fmt: skip
    if not cache.has_layer(key):
        async with cache.lock(key):
            if not cache.has_layer(key):
                await _make(cache, key, minor, release, below, source, progress, offline=offline)
    return cache.layer_root(key), str(cache.layer_info(key)["version"])


async def _make(
    cache: Cache, key: str, minor: str, release: str, below: tuple[str, ...], source: hostpython.Interpreter | None,
    progress: Progress, *, offline: bool,
) -> None:  # fmt: skip
    with cache.staging() as staged:
        root = staged / "layer" / "root"
        root.mkdir(parents=True)
        libraries = tuple(RENAMED.get(release, {}).get(name, name) for name in LIBRARIES)
        await debian.add_packages(cache, release, libraries, below, root, staged, progress, offline=offline)
        if source is None:
            version = await _from_debian(cache, minor, release, below, root, staged, progress, offline=offline)
        else:
            version = source.version
            await asyncio.to_thread(hostpython.copy, source, root / "usr/local")
        await asyncio.to_thread(_finish, root, minor)
        await _prove(root, below, staged, minor)
        cache.publish_layer(key, staged / "layer", {"kind": "python", "version": version})


RENAMED = {
    "bullseye": {"libssl3": "libssl1.1", "libffi8": "libffi7"},
    "trixie": {name: f"{name}t64" for name in ("libssl3", "libreadline8", "libtirpc3", "libdb5.3", "libgdbm6")}
    | {"libgdbm-compat4": "libgdbm-compat4t64"},
}
"""Libraries under other names: older OpenSSL and libffi, and Debian 13's 64-bit time."""


async def _from_debian(
    cache: Cache, minor: str, release: str, below: tuple[str, ...], root: Path, staged: Path, progress: Progress,
    *, offline: bool,
) -> str:  # fmt: skip
    """Unpack Debian's interpreter beside the layer, then move what belongs to /usr/local over into it."""
    aside = staged / "interpreter"
    aside.mkdir()
    names = [f"python{minor}-dev", f"python{minor}-venv", "python3-pip-whl"]
    if minor == "3.11":
        names += ["python3-setuptools-whl", "python3-wheel-whl", "python3-distutils", "python3-lib2to3"]
    packages = await debian.add_packages(
        cache, release, names, below, aside, staged / "scratch", progress, offline=offline, register=False
    )
    local = root / "usr/local"
    await asyncio.to_thread(debianpython.relocate, aside, local, minor)
    wheels = sorted((local / "lib" / f"python{minor}" / "ensurepip/_bundled").glob("*.whl"))
    for wheel in wheels:
        install_wheel(wheel, local / "lib" / f"python{minor}" / "site-packages", local / "bin", minor)
    found = next(p for p in packages if p.fields["Package"] == f"python{minor}")
    return re.sub(r"^\d+:|[-+~].*", "", found.fields["Version"])


PROOF = """
/sbin/ldconfig
python3 -I -c '
import bz2, ctypes, hashlib, lzma, pip, readline, site, sqlite3, ssl, sys, sysconfig, zlib
wanted = f"/usr/local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
assert wanted in sys.path, sys.path
assert sysconfig.get_path("purelib") == wanted, sysconfig.get_path("purelib")
assert sysconfig.get_path("scripts") == "/usr/local/bin"
if sys.version_info < (3, 12):
    import distutils.sysconfig
    assert distutils.sysconfig.get_python_lib() == wanted, distutils.sysconfig.get_python_lib()
'
python3 -m compileall -q -j 2 -x '/(test|tests|idlelib|turtledemo|lib2to3)/' /usr/local/lib || true
"""


async def _prove(root: Path, below: tuple[str, ...], scratch: Path, minor: str) -> None:
    """Enter the libraries into the loader's cache, see that the interpreter does what the official one does, and
    compile its library once: services often run with a read-only root and would compile it at every start."""
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    argv = ("/bin/sh", "-e", "-c", PROOF)
    sandbox = Sandbox(argv, below, str(root), str(scratch / "work"), env=env, network="none")
    outcome = await run_in(sandbox, scratch / "sandbox")
    if outcome.code:
        details = (outcome.trouble,) if outcome.trouble else outcome.lines[-8:]
        raise ShoreError(f"the python {minor} that was made does not work", details=details, hint=TRY)


TRY = "shore version --debug says what this machine allows; or run with --engine docker"


def install_wheel(wheel: Path, site: Path, bin_: Path, minor: str) -> None:
    """Unpack a pure wheel and write its console scripts (the binary distribution format, PyPA)."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        entry = next((n for n in archive.namelist() if n.endswith(".dist-info/entry_points.txt")), None)
        scripts = archive.read(entry).decode() if entry else ""
    section = re.search(r"\[console_scripts\]\n((?:.+\n?)*)", scripts)
    for line in (section[1] if section else "").splitlines():
        match = re.match(r"([\w.-]+)\s*=\s*([\w.]+):(\w+)", line)
        if match and not re.search(r"\d\.\d+$", match[1]):
            _script(bin_ / match[1], match[2], match[3], minor)


def _script(path: Path, module: str, function: str, minor: str) -> None:
    path.write_text(
        f"#!/usr/local/bin/python{minor}\nimport re\nimport sys\nfrom {module} import {function}\n"
        "if __name__ == '__main__':\n    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n"
        f"    sys.exit({function}())\n"
    )
    path.chmod(0o755)


def _finish(root: Path, minor: str) -> None:
    """The links beside the interpreter, and ownership by root."""
    bin_ = root / "usr/local/bin"
    for link, target in LINKS.items():
        if not (bin_ / link).exists() and (bin_ / target.format(v=minor)).exists():
            (bin_ / link).symlink_to(target.format(v=minor))
    for name in ("pip", "pip3", f"pip{minor}"):
        if not (bin_ / name).exists():
            _script(bin_ / name, "pip._internal.cli.main", "main", minor)
    debian.trim(root)
    rootfs.own_all(root / "usr/local")
