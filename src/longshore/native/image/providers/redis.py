"""Providers `redis` and `valkey`, from Debian's own packages."""

from __future__ import annotations

from pathlib import Path

from longshore.native.image.catalog import recipes
from longshore.native.image.catalog.lookup import Recipe
from longshore.native.image.debian import rootfs
from longshore.native.image.model import Image, ImageConfig, Server
from longshore.native.image.providers.ground import Ground, data_directory, image_user, provider_layer, script

__all__ = ["make"]

UID = 999


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The image of "redis" or "valkey", whichever the recipe says, above `ground`."""
    kind = recipe.kind
    packages = (f"{kind}-server", f"{kind}-tools")
    layer, version = await provider_layer(ground, kind, recipes.REDIS, packages, lambda root: _finish(root, kind))
    config = ImageConfig(
        env={"PATH": ground.path, f"{kind.upper()}_VERSION": version},
        entrypoint=("docker-entrypoint.sh",),
        cmd=(f"{kind}-server",),
        working_dir="/data",
        user=image_user(kind),
        exposed=("6379/tcp",),
        volumes=("/data",),
    )
    server = Server(kind, version.split(".")[0], "/data")
    return Image("", "", (str(layer),), config, runs=f"{kind} {version}", server=server)


def _finish(root: Path, kind: str) -> None:
    rootfs.add_user(root, kind, UID, UID, home=f"/home/{kind}")
    data_directory(root, "/data", UID, UID)
    values = {"SERVER": f"{kind}-server", "USER": kind}
    script(root, "/usr/local/bin/docker-entrypoint.sh", "redis-entrypoint.sh", values)
    script(root, f"/usr/local/bin/{kind}-server", "redis-server.sh", values)
    for tool in ("cli", "benchmark", "check-aof", "check-rdb", "sentinel"):
        if (root / f"usr/bin/{kind}-{tool}").exists():
            (root / f"usr/local/bin/{kind}-{tool}").symlink_to(f"/usr/bin/{kind}-{tool}")
