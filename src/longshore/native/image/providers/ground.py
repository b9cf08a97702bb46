"""What provider images have in common: packages and the finishing touches in one layer above the base."""

from __future__ import annotations

import asyncio
import importlib.resources
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from longshore.model.service import EMPTY
from longshore.native.image.catalog import recipes
from longshore.native.image.debian import base as debian
from longshore.native.image.debian import debs, rootfs
from longshore.native.image.debian.apt import Progress
from longshore.native.image.store.cache import Cache, key_of
from longshore.native.image.store.tree import LayerTree

__all__ = [
    "Ground",
    "copy_accounts",
    "data_directory",
    "image_user",
    "initial_scripts",
    "provider_layer",
    "script",
    "upstream_version",
]

Finish = Callable[[Path], None]
"""Finishes a provider's layer, given its root."""


class Ground(NamedTuple):
    """What a provider stands on: the layers `below`, of Debian `release`, with the PATH `path`; where its own are kept,
    whom to tell, and whether anything may be downloaded."""

    cache: Cache
    release: str
    below: tuple[str, ...]
    path: str
    progress: Progress
    offline: bool


async def provider_layer(
    ground: Ground, name: str, recipe: int, packages: Sequence[str], finish: Finish
) -> tuple[Path, str]:
    """The layer of `packages` (with what they need) that `finish` completes, and the first package's own version."""
    cache, release, below, _, progress, offline = ground
    beneath = [Path(layer).parent.name for layer in below]
    key = key_of("provider", recipes.PROVIDER, name, recipe, beneath, list(packages), os.geteuid() == 0)
    if not cache.has_layer(key):
        async with cache.lock(key):
            if not cache.has_layer(key):
                with cache.staging() as staged:
                    root = staged / "layer" / "root"
                    root.mkdir(parents=True)
                    unpacked = await debian.add_packages(
                        cache, release, packages, below, root, staged, progress, offline=offline
                    )
                    version = version_of(unpacked, packages[0])
                    await asyncio.to_thread(_complete, root, below, finish)
                    cache.publish_layer(key, staged / "layer", {"kind": name, "version": version})
    return cache.layer_root(key), str(cache.layer_info(key)["version"])


def copy_accounts(root: Path, below: Sequence[str]) -> None:
    """The account files of the layers below in this one, where they can be added to."""
    tree = LayerTree(below)
    (root / "etc").mkdir(exist_ok=True)
    for name in ("passwd", "group", "shadow", "gshadow"):
        target = root / "etc" / name
        target.write_text(tree.read_text(f"/etc/{name}"))
        target.chmod(0o640 if "shadow" in name else 0o644)
        rootfs.own(target, 0, 42 if "shadow" in name else 0)


def _complete(root: Path, below: Sequence[str], finish: Finish) -> None:
    copy_accounts(root, below)
    finish(root)
    debian.trim(root)


def version_of(packages: Sequence[debs.Package], name: str) -> str:
    found = next(package for package in packages if package.fields["Package"] == name)
    return upstream_version(found.fields["Version"])


def upstream_version(version: str) -> str:
    """ "15.18" of Debian's "15.18-0+deb12u1", "7.0.15" of "5:7.0.15-1~deb12u10"."""
    return re.sub(r"^\d+:", "", version).split("-")[0].split("+")[0].split("~")[0]


def script(root: Path, target: str, name: str, values: Mapping[str, str] = EMPTY) -> None:
    """Put the carried script `name` at `target`, its @NAME@ marks filled in."""
    text = importlib.resources.files("longshore.native.image.providers.files").joinpath(name).read_text()
    for mark, value in values.items():
        text = text.replace(f"@{mark}@", value)
    path = root / target.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def data_directory(root: Path, path: str, uid: int, gid: int, mode: int = 0o755) -> None:
    """A directory for the server's data, owned by its user."""
    directory = root / path.lstrip("/")
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(mode)
    rootfs.own(directory, uid, gid)


def image_user(name: str) -> str:
    """The image's user. Root starts as root and steps down, as the official images do (so that a bind-mounted data
    directory can be handed over); an ordinary user's server starts directly under its final uid."""
    return "" if os.geteuid() == 0 else name


def initial_scripts(root: Path) -> None:
    """Where a database server's first start looks for scripts, and what the entry points share to run them."""
    (root / "docker-entrypoint-initdb.d").mkdir(exist_ok=True)
    script(root, "/usr/local/lib/longshore/initdb-common.sh", "initdb-common.sh")
