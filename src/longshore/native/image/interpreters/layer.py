"""The layer of a Python interpreter: a tree at /usr/local as the official image has it.

Sources in order: Debian's own packages of the release that has that minor version, moved to /usr/local with Debian's
own directory scheme taken back; else an interpreter of this machine (see hostpython)."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.build.sandbox import Sandbox, run_in
from longshore.native.image.debian import base as debian
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.ground import Ground
from longshore.native.image.interpreters import debianpython
from longshore.native.image.interpreters.hostpython import Interpreter, copy
from longshore.native.image.interpreters.wheels import console_script, install_wheel
from longshore.native.image.store.cache import key_of, layer_keys

__all__ = ["python_layer"]

LIBRARIES = ("libssl3", "libsqlite3-0", "libffi8", "libreadline8", "libexpat1", "libncursesw6", "libbz2-1.0",
             "liblzma5", "zlib1g", "libuuid1", "libnsl2", "libtirpc3", "libdb5.3", "libgdbm6", "libgdbm-compat4",
             "media-types", "openssl")  # fmt: skip
"""What the interpreter's extension modules load; these stay where Debian has them, known to dpkg, as in the official
image."""
LINKS = {"python3": "python{v}", "python": "python3", "pydoc3": "pydoc{v}", "pydoc": "pydoc3",
         "python3-config": "python{v}-config", "python-config": "python3-config"}  # fmt: skip


async def python_layer(ground: Ground, recipe: int, minor: str, source: Interpreter | None) -> tuple[Path, str]:
    """The layer with Python `minor` above `ground`, made from `source` or, None, from Debian's packages; and its whole
    version ("3.11.2"). `recipe` is the provider's."""
    cache = ground.cache
    key = key_of("python", recipe, minor, ground.release, source.version if source else "debian",
                 layer_keys(ground.below))  # fmt: skip
    if not cache.has_layer(key):
        async with cache.lock(key):
            if not cache.has_layer(key):
                with cache.staging() as staged:
                    version = await _make(ground, minor, source, staged)
                    cache.publish_layer(key, staged / "layer", {"kind": "python", "version": version})
    return cache.layer_root(key), str(cache.layer_info(key)["version"])


async def _make(ground: Ground, minor: str, source: Interpreter | None, staged: Path) -> str:
    root = staged / "layer" / "root"
    root.mkdir(parents=True)
    libraries = tuple(RENAMED.get(ground.release, {}).get(name, name) for name in LIBRARIES)
    await debian.add_packages(
        ground.cache, ground.release, libraries, ground.below, root, staged, ground.progress, offline=ground.offline
    )
    if source is None:
        version = await _from_debian(ground, minor, root, staged)
    else:
        version = source.version
        await asyncio.to_thread(copy, source, root / "usr/local")
    await asyncio.to_thread(_finish, root, minor)
    await _prove(root, ground.below, staged, minor)
    return version


RENAMED = {
    "bullseye": {"libssl3": "libssl1.1", "libffi8": "libffi7"},
    "trixie": {name: f"{name}t64" for name in ("libssl3", "libreadline8", "libtirpc3", "libdb5.3", "libgdbm6")}
    | {"libgdbm-compat4": "libgdbm-compat4t64"},
}
"""Libraries under other names: older OpenSSL and libffi, and Debian 13's 64-bit time."""


async def _from_debian(ground: Ground, minor: str, root: Path, staged: Path) -> str:
    """Unpack Debian's interpreter beside the layer, then move what belongs to /usr/local over into it."""
    aside = staged / "interpreter"
    aside.mkdir()
    names = [f"python{minor}-dev", f"python{minor}-venv", "python3-pip-whl"]
    if minor == "3.11":
        names += ["python3-setuptools-whl", "python3-wheel-whl", "python3-distutils", "python3-lib2to3"]
    packages = await debian.add_packages(
        ground.cache, ground.release, names, ground.below, aside, staged / "scratch", ground.progress,
        offline=ground.offline, register=False,
    )  # fmt: skip
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
    sandbox = Sandbox(argv, below, str(root), env=env, network="none")
    outcome = await run_in(sandbox, scratch / "sandbox")
    if outcome.code:
        details = (outcome.trouble,) if outcome.trouble else outcome.lines[-8:]
        raise ShoreError(f"the python {minor} that was made does not work", details=details, hint=TRY)


TRY = "shore version --debug says what this machine allows; or run with --engine docker"


def _finish(root: Path, minor: str) -> None:
    """The links beside the interpreter, and ownership by root."""
    bin_ = root / "usr/local/bin"
    for link, target in LINKS.items():
        if not (bin_ / link).exists() and (bin_ / target.format(v=minor)).exists():
            (bin_ / link).symlink_to(target.format(v=minor))
    for name in ("pip", "pip3", f"pip{minor}"):
        if not (bin_ / name).exists():
            console_script(bin_ / name, "pip._internal.cli.main", "main", minor)
    debian.trim(root)
    rootfs.own_all(root / "usr/local")
