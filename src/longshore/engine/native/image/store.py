"""The native engine's images: found in the cache, made when missing, built from Dockerfiles."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from longshore.engine.base import BuildOptions
from longshore.engine.native.image import (
    alpine,
    catalog,
    debian,
    fullimage,
    nginx,
    node,
    postgres,
    provider,
    python,
    redis,
)
from longshore.engine.native.image.apt import Progress
from longshore.engine.native.image.cache import Cache, default_cache_dir, key_of
from longshore.engine.native.image.catalog import ImageSurvey, Recipe
from longshore.engine.native.image.model import Image, ImageConfig, Server
from longshore.engine.native.image.pins import YARN
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import asdict, fields, replace
from longshore.model.service import EMPTY, Build
from longshore.model.stack import Stack
from longshore.state.events import Emit, Event

if TYPE_CHECKING:
    from longshore.engine.native.image.build.survey import BuildSurvey

__all__ = ["ImageStore"]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROVIDERS = frozenset({"nginx", "postgres", "redis", "valkey"})
RECIPES = tuple(maker.RECIPE for maker in (debian, python, provider, postgres, redis, nginx, node, alpine, fullimage))
"""Versions of the makers' recipes: an image from the catalogue that other recipes made is not found."""


class ImageStore:
    """The images of one user, in `cache_dir` (default: $XDG_CACHE_HOME/longshore). With `offline` nothing is
    downloaded: what is missing is an error that says what is needed."""

    def __init__(self, cache_dir: Path | None = None, *, offline: bool = False) -> None:
        self.cache = Cache(cache_dir or default_cache_dir())
        self.offline = offline

    def survey(self, reference: str) -> ImageSurvey:
        """What would run for `reference`, without any download."""
        return catalog.survey(reference)

    def is_provider(self, reference: str) -> bool:
        """Whether the image is a server of the catalogue (postgres, redis, nginx …)."""
        recipe = self.survey(reference).recipe
        return recipe is not None and recipe.kind in PROVIDERS

    def find(self, reference: str) -> Image | None:
        """The image if it is in the cache, whole."""
        path = self._record(reference)
        try:
            record = _read_json(path)
            image = image_from_json(record["image"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        whole = all((Path(layer).parent / "layer.json").is_file() for layer in image.layers)
        return image if whole and record.get("recipes") in (None, list(RECIPES)) else None

    async def resolve(self, reference: str, emit: Emit, service: str) -> Image:
        """The image for `reference`, made from packages where the cache has it not. Raises ShoreError."""
        began = time.monotonic()
        found = self.find(reference)
        image = found or await self._make(reference, emit, service)
        seconds = time.monotonic() - began
        data = {"image": reference, "runs": image.runs, "cached": found is not None, "seconds": seconds}
        emit(Event("image.ready", service=service, data=data))
        return image

    async def _make(self, reference: str, emit: Emit, service: str) -> Image:
        surveyed = self.survey(reference)
        if surveyed.recipe is None:
            raise ShoreError(surveyed.text, hint=surveyed.todo)

        def progress(what: str, done: int, total: int) -> None:
            emit(Event("image.fetching", service=service, data={"what": what, "done": done, "total": total}))

        image = await MAKERS[surveyed.recipe.kind](self, surveyed.recipe, progress)
        deviations = (surveyed.text,) if surveyed.level == "deviates" else ()
        whole = replace(image, reference=reference, asked=reference, deviations=deviations)
        return self.record(whole, recipes=RECIPES)

    def record(self, image: Image, *, recipes: tuple[int, ...] | None = None) -> Image:
        """Give the image its id and creation time and remember it under its reference; an image made by `recipes`
        is made anew when they change."""
        keys = [Path(layer).parent.name for layer in image.layers]
        config = image_to_json(image)["config"]
        whole = replace(image, id=f"sha256:{key_of(keys, config)}", created=time.time())
        self.cache.write_json(self._record(image.reference), {"image": image_to_json(whole), "recipes": recipes})
        return whole

    def _record(self, reference: str) -> Path:
        return self.cache.images / f"{quote(reference, safe='')}.json"

    def survey_build(self, build: Build, args: Mapping[str, str] = EMPTY) -> tuple[BuildSurvey, ...]:
        """What a build would do: its base images, and the steps that cannot be carried out, with their places."""
        from longshore.engine.native.image.build.survey import survey_build

        return survey_build(self, build, args)

    async def build(
        self, build: Build, tag: str, options: BuildOptions, emit: Emit, service: str, stack: Stack
    ) -> Image:
        """Carry out a Dockerfile and remember the image as `tag`. Raises ShoreError with the line that failed."""
        from longshore.engine.native.image.build.builder import Builder

        return await Builder(self, build, options, emit, service, stack).run(tag)

    async def _debian(self, recipe: Recipe, progress: Progress) -> Image:
        """The base root; above it what an alpine variant or a full image has besides."""
        base = await debian.base_layer(self.cache, recipe.release, progress, offline=self.offline)
        layers = [base]
        if recipe.variant == "alpine":
            layers.append(await alpine.alpine_layer(self.cache, recipe.release, progress, offline=self.offline))
        config = ImageConfig(env={"PATH": PATH}, cmd=("bash",))
        version = (base / "etc/debian_version").read_text().strip()
        return Image("", "", tuple(str(layer) for layer in layers), config, runs=f"debian {version}")

    async def _full(self, recipe: Recipe, image: Image, progress: Progress) -> Image:
        """With the compilers and headers of a full image (`python:3.11`, `node:22`) on top, where that is asked."""
        if recipe.variant != "full":
            return image
        layer = await fullimage.full_layer(self.cache, recipe.release, image.layers, progress, offline=self.offline)
        return replace(image, layers=(*image.layers, str(layer)))

    async def _python(self, recipe: Recipe, progress: Progress) -> Image:
        below = await self._debian(recipe, progress)
        layer, version = await python.python_layer(
            self.cache, recipe.version, recipe.release, below.layers, progress, offline=self.offline
        )
        env = {"PATH": PATH, "LANG": "C.UTF-8", "PYTHON_VERSION": version}
        config = ImageConfig(env=env, cmd=("python3",))
        image = Image("", "", (*below.layers, str(layer)), config, runs=f"python {version}")
        return await self._full(recipe, image, progress)

    async def _node(self, recipe: Recipe, progress: Progress) -> Image:
        below = await self._debian(recipe, progress)
        layer, version = await node.node_layer(self.cache, recipe.version, below.layers, progress, offline=self.offline)
        env = {"PATH": PATH, "NODE_VERSION": version, "YARN_VERSION": YARN.version}
        config = ImageConfig(env=env, entrypoint=("docker-entrypoint.sh",), cmd=("node",))
        image = Image("", "", (*below.layers, str(layer)), config, runs=f"node {version}")
        return await self._full(recipe, image, progress)

    async def _nginx(self, recipe: Recipe, progress: Progress) -> Image:
        below = await self._debian(recipe, progress)
        alpine_asked = recipe.variant == "alpine"
        image = await nginx.make(
            self.cache, recipe.release, below.layers, PATH, alpine_asked, progress, offline=self.offline
        )
        return replace(image, layers=(*below.layers, *image.layers))

    async def _redis(self, recipe: Recipe, progress: Progress) -> Image:
        below = await self._debian(recipe, progress)
        image = await redis.make(
            self.cache, recipe.kind, recipe.release, below.layers, PATH, progress, offline=self.offline
        )
        return replace(image, layers=(*below.layers, *image.layers))

    async def _postgres(self, recipe: Recipe, progress: Progress) -> Image:
        below = await self._debian(recipe, progress)
        return await postgres.make(
            self.cache, recipe.version, recipe.release, below.layers, PATH, progress, offline=self.offline
        )


MAKERS: Mapping[str, Callable[[ImageStore, Recipe, Progress], Awaitable[Image]]] = {
    "debian": ImageStore._debian,
    "nginx": ImageStore._nginx,
    "node": ImageStore._node,
    "postgres": ImageStore._postgres,
    "python": ImageStore._python,
    "redis": ImageStore._redis,
    "valkey": ImageStore._redis,
}


def image_to_json(image: Image) -> dict[str, Any]:
    """A JSON form of an image; its mappings are plain."""
    config = {name: getattr(image.config, name) for name in fields(ImageConfig)}
    config["env"], config["labels"] = dict(image.config.env), dict(image.config.labels)
    config["healthcheck"] = asdict(image.config.healthcheck) if image.config.healthcheck else None
    value: dict[str, Any] = {name: getattr(image, name) for name in fields(Image)}
    value["config"] = config
    value["server"] = asdict(image.server) if image.server else None
    return value


def image_from_json(value: Mapping[str, Any]) -> Image:
    """The image that `image_to_json` wrote; KeyError, TypeError or ValueError when it is not one."""
    config = {name: _frozen(part) for name, part in value["config"].items()}
    if config["healthcheck"]:
        check = {name: _frozen(part) for name, part in config["healthcheck"].items()}
        config["healthcheck"] = HealthCheck(**check)
    rest = {name: _frozen(part) for name, part in value.items() if name not in ("config", "server")}
    server = Server(**value["server"]) if value["server"] else None
    return Image(**rest, config=ImageConfig(**config), server=server)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _read_json(path: Path) -> Mapping[str, Any]:
    import json

    loaded = json.loads(path.read_text())
    if not isinstance(loaded, dict):
        raise ValueError("not an object")
    return loaded
