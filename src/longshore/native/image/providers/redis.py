"""Providers `redis` and `valkey`, from Debian's own packages."""

from __future__ import annotations

from pathlib import Path

from longshore.native.image.catalog.provider import Provider
from longshore.native.image.catalog.versions import choose_version
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.additions import data_directory, script
from longshore.native.image.debian.ground import Ground, provider_layer, starts_as
from longshore.native.image.model import Client, Image, ImageConfig, Recipe, Server

RECIPE = 1
UID = 999
REDIS = {"6.0": "bullseye", "7.0": "bookworm", "8.0": "trixie"}
VALKEYS = {"8.1": "trixie"}


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The image of "redis" or "valkey", whichever the recipe says, above `ground`."""
    kind = recipe.kind
    packages = (f"{kind}-server", f"{kind}-tools")
    layer, version = await provider_layer(ground, kind, RECIPE, packages, lambda root: _finish(root, kind))
    config = ImageConfig(
        env={"PATH": ground.path, f"{kind.upper()}_VERSION": version},
        entrypoint=("docker-entrypoint.sh",),
        cmd=(f"{kind}-server",),
        working_dir="/data",
        starts_as=starts_as(kind),
        exposed=("6379/tcp",),
        volumes=("/data",),
    )
    return Image("", "", (str(layer),), config, runs=f"{kind} {version}")


def _finish(root: Path, kind: str) -> None:
    rootfs.add_user(root, kind, UID, UID, home=f"/home/{kind}")
    data_directory(root, "/data", UID, UID)
    values = {"SERVER": f"{kind}-server", "USER": kind}
    script(root, "/usr/local/bin/docker-entrypoint.sh", "redis-entrypoint.sh", values)
    script(root, f"/usr/local/bin/{kind}-server", "redis-server.sh", values)
    for tool in ("cli", "benchmark", "check-aof", "check-rdb", "sentinel"):
        if (root / f"usr/bin/{kind}-{tool}").exists():
            (root / f"usr/local/bin/{kind}-{tool}").symlink_to(f"/usr/bin/{kind}-{tool}")


def client(program: str, password: str) -> Client:
    """`redis-cli ping` is content with any reply, an error also."""
    return Client(
        programs=(program,),
        port=6379,
        options={"-h": "host", "-p": "port"},
        words=("ping",),
        unless=(password,),
        ask="*1\r\n$4\r\nPING\r\n",
    )


def server(version: str) -> Server:
    return Server("redis", version.split(".")[0], "/data", client("redis-cli", "REDISCLI_AUTH"))


PROVIDER = Provider(
    names=("redis",),
    recipe=RECIPE,
    versions=REDIS,
    choose=lambda tag: choose_version("redis", tag, REDIS),
    make=make,
    source="Debian's packages",
    server=server,
    port=6379,
)
VALKEY = Provider(
    names=("valkey", "valkey/valkey"),
    recipe=RECIPE,
    versions=VALKEYS,
    choose=lambda tag: choose_version("valkey", tag, VALKEYS),
    make=make,
    source="Debian's packages",
    server=lambda version: Server("valkey", version.split(".")[0], "/data"),
    port=6379,
)
