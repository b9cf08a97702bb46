"""The images of the catalogue, put together from their layers: one function per kind, in a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from longshore.model.record import replace
from longshore.native.image.catalog.lookup import Recipe
from longshore.native.image.debian import alpine, fullimage
from longshore.native.image.debian import base as debian
from longshore.native.image.debian.apt import Progress
from longshore.native.image.fetch.pins import YARN
from longshore.native.image.model import Image, ImageConfig
from longshore.native.image.providers import mariadb, memcached, nginx, node, postgres, python, rabbitmq, redis
from longshore.native.image.providers.ground import Ground
from longshore.native.image.store.cache import Cache

__all__ = ["MAKERS", "Maker"]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Maker(NamedTuple):
    """Where images are made, and whether anything may be downloaded."""

    cache: Cache
    offline: bool


Make = Callable[[Maker, Recipe, Progress], Awaitable[Image]]


async def _debian(maker: Maker, recipe: Recipe, progress: Progress) -> Image:
    """The base root; above it what an alpine variant or a full image has besides."""
    base = await debian.base_layer(maker.cache, recipe.release, progress, offline=maker.offline)
    layers = [base]
    if recipe.variant == "alpine":
        layers.append(await alpine.alpine_layer(maker.cache, recipe.release, progress, offline=maker.offline))
    config = ImageConfig(env={"PATH": PATH}, cmd=("bash",))
    version = (base / "etc/debian_version").read_text().strip()
    return Image("", "", tuple(str(layer) for layer in layers), config, runs=f"debian {version}")


async def _full(maker: Maker, recipe: Recipe, image: Image, progress: Progress) -> Image:
    """With the compilers and headers of a full image (`python:3.11`, `node:22`) on top, where that is asked."""
    if recipe.variant != "full":
        return image
    layer = await fullimage.full_layer(maker.cache, recipe.release, image.layers, progress, offline=maker.offline)
    return replace(image, layers=(*image.layers, str(layer)))


async def _python(maker: Maker, recipe: Recipe, progress: Progress) -> Image:
    below = await _debian(maker, recipe, progress)
    layer, version = await python.python_layer(
        maker.cache, recipe.version, recipe.release, below.layers, progress, offline=maker.offline
    )
    env = {"PATH": PATH, "LANG": "C.UTF-8", "PYTHON_VERSION": version}
    config = ImageConfig(env=env, cmd=("python3",))
    image = Image("", "", (*below.layers, str(layer)), config, runs=f"python {version}")
    return await _full(maker, recipe, image, progress)


async def _node(maker: Maker, recipe: Recipe, progress: Progress) -> Image:
    below = await _debian(maker, recipe, progress)
    layer, version = await node.node_layer(maker.cache, recipe.version, below.layers, progress, offline=maker.offline)
    env = {"PATH": PATH, "NODE_VERSION": version, "YARN_VERSION": YARN.version}
    config = ImageConfig(env=env, entrypoint=("docker-entrypoint.sh",), cmd=("node",))
    image = Image("", "", (*below.layers, str(layer)), config, runs=f"node {version}")
    return await _full(maker, recipe, image, progress)


def _provider(make: Callable[[Ground, Recipe], Awaitable[Image]]) -> Make:
    """The server that `make` makes, above a Debian root."""

    async def made(maker: Maker, recipe: Recipe, progress: Progress) -> Image:
        below = (await _debian(maker, recipe, progress)).layers
        image = await make(Ground(maker.cache, recipe.release, below, PATH, progress, maker.offline), recipe)
        return replace(image, layers=(*below, *image.layers))

    return made


MAKERS: Mapping[str, Make] = {
    "debian": _debian,
    "mariadb": _provider(mariadb.make),
    "memcached": _provider(memcached.make),
    "nginx": _provider(nginx.make),
    "node": _node,
    "postgres": _provider(postgres.make),
    "python": _python,
    "rabbitmq": _provider(rabbitmq.make),
    "redis": _provider(redis.make),
    "valkey": _provider(redis.make),
}
