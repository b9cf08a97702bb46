"""Provider `memcached`, from Debian's own package."""

from __future__ import annotations

from pathlib import Path

from longshore.native.image.catalog.provider import Provider
from longshore.native.image.catalog.versions import choose_version
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.additions import script
from longshore.native.image.debian.ground import Ground, provider_layer
from longshore.native.image.model import Image, ImageConfig, Recipe

RECIPE = 1
VERSIONS = {"1.6": ""}
USER = "memcache"
UID = 11211


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The image of memcached above `ground`. Nothing is written, so that it starts under its own user as root too."""
    layer, version = await provider_layer(ground, recipe.kind, RECIPE, ("memcached",), _finish)
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


PROVIDER = Provider(
    names=("memcached",),
    recipe=RECIPE,
    versions=VERSIONS,
    choose=lambda tag: choose_version("memcached", tag, VERSIONS),
    make=make,
    source="Debian's package",
    port=11211,
)
