"""Provider `memcached`, from Debian's own package."""

from __future__ import annotations

from pathlib import Path

from longshore.native.image.catalog import recipes
from longshore.native.image.catalog.lookup import Recipe
from longshore.native.image.debian import rootfs
from longshore.native.image.model import Image, ImageConfig
from longshore.native.image.providers.ground import Ground, provider_layer, script

__all__ = ["make"]

USER = "memcache"
UID = 11211


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The image of memcached above `ground`. Nothing is written, so that it starts under its own user as root too."""
    layer, version = await provider_layer(ground, recipe.kind, recipes.MEMCACHED, ("memcached",), _finish)
    config = ImageConfig(
        env={"PATH": ground.path, "MEMCACHED_VERSION": version},
        entrypoint=("docker-entrypoint.sh",),
        cmd=("memcached",),
        user=USER,
        exposed=("11211/tcp",),
    )
    return Image("", "", (str(layer),), config, runs=f"memcached {version}")


def _finish(root: Path) -> None:
    rootfs.add_user(root, USER, UID, UID, home=f"/home/{USER}", shell="/bin/sh")
    script(root, "/usr/local/bin/docker-entrypoint.sh", "memcached-entrypoint.sh")
