"""The ground that providers stand on: a Debian root of the wanted release and variant, and what they put above it.

Providers' modules are loaded to decide what serves, at every start; what makes an image is loaded when one is made."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from longshore.native.image.debian import recipes
from longshore.native.image.debian.additions import copy_accounts
from longshore.native.image.model import Recipe
from longshore.native.image.store.cache import Cache, key_of, layer_keys
from longshore.native.kernel.privileges import is_root

if TYPE_CHECKING:
    from longshore.native.image.debian.apt import Progress
    from longshore.native.image.debian.debs import Package

__all__ = ["PATH", "Ground", "lay", "provider_layer", "starts_as", "upstream_version", "with_tools"]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
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


async def lay(cache: Cache, recipe: Recipe, progress: Progress, *, offline: bool) -> Ground:
    """The ground for `recipe`: the base root; above it what an alpine variant has besides."""
    from longshore.native.image.debian.alpine import alpine_layer
    from longshore.native.image.debian.base import base_layer

    base = await base_layer(cache, recipe.release, progress, offline=offline)
    layers = [base]
    if recipe.variant == "alpine":
        layers.append(await alpine_layer(cache, recipe.release, progress, offline=offline))
    return Ground(cache, recipe.release, tuple(str(layer) for layer in layers), PATH, progress, offline)


async def with_tools(ground: Ground, recipe: Recipe, layer: Path) -> tuple[str, ...]:
    """The provider's `layer`; above it the compilers and headers of a full image (`python:3.11`, `node:22`), where that
    is asked."""
    if recipe.variant != "full":
        return (str(layer),)
    from longshore.native.image.debian.fullimage import full_layer

    full = await full_layer(
        ground.cache, recipe.release, (*ground.below, str(layer)), ground.progress, offline=ground.offline
    )
    return (str(layer), str(full))


async def provider_layer(
    ground: Ground, name: str, recipe: int, packages: Sequence[str], finish: Finish
) -> tuple[Path, str]:
    """The layer of `packages` (with what they need) that `finish` completes, and the first package's own version."""
    from longshore.native.image.debian.base import add_packages

    cache, release, below, _, progress, offline = ground
    beneath = layer_keys(below)
    key = key_of("provider", recipes.PROVIDER, name, recipe, beneath, list(packages), is_root())
    if not cache.has_layer(key):
        async with cache.lock(key):
            if not cache.has_layer(key):
                with cache.staging() as staged:
                    root = staged / "layer" / "root"
                    root.mkdir(parents=True)
                    unpacked = await add_packages(
                        cache, release, packages, below, root, staged, progress, offline=offline
                    )
                    version = version_of(unpacked, packages[0])
                    await asyncio.to_thread(_complete, root, below, finish)
                    cache.publish_layer(key, staged / "layer", {"kind": name, "version": version})
    return cache.layer_root(key), str(cache.layer_info(key)["version"])


def _complete(root: Path, below: Sequence[str], finish: Finish) -> None:
    from longshore.native.image.debian.base import trim

    copy_accounts(root, below)
    finish(root)
    trim(root)


def version_of(packages: Sequence[Package], name: str) -> str:
    found = next(package for package in packages if package.fields["Package"] == name)
    return upstream_version(found.fields["Version"])


def upstream_version(version: str) -> str:
    """ "15.18" of Debian's "15.18-0+deb12u1", "7.0.15" of "5:7.0.15-1~deb12u10"."""
    return re.sub(r"^\d+:", "", version).split("-")[0].split("+")[0].split("~")[0]


def starts_as(name: str) -> str:
    """Whom an image starts as whose entry point steps down to the user `name`. As root it starts as root, as the
    official images do (so that a bind-mounted data directory can be handed over); an ordinary user's server starts
    directly under its final uid."""
    return "" if is_root() else name
