"""Images as JSON, as the cache keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from longshore.model.healthcheck import HealthCheck
from longshore.model.record import asdict, fields
from longshore.native.image.model import Client, Image, ImageConfig, Server

__all__ = ["image_from_json", "image_to_json", "read_json", "stored_image"]


def image_to_json(image: Image) -> dict[str, Any]:
    """A JSON form of an image; its mappings are plain."""
    config = {name: getattr(image.config, name) for name in fields(ImageConfig)}
    config["env"] = [list(pair) for pair in image.config.env.items()]  # pairs, for their order counts
    config["labels"] = dict(image.config.labels)
    config["healthcheck"] = asdict(image.config.healthcheck) if image.config.healthcheck else None
    value: dict[str, Any] = {name: getattr(image, name) for name in fields(Image)}
    value["config"] = config
    value["server"] = asdict(image.server) if image.server else None
    return value


def image_from_json(value: Mapping[str, Any]) -> Image:
    """The image that `image_to_json` wrote; KeyError, TypeError or ValueError when it is not one."""
    config = {name: _frozen(part) for name, part in value["config"].items()}
    config["env"] = dict(value["config"]["env"])
    if config["healthcheck"]:
        check = {name: _frozen(part) for name, part in config["healthcheck"].items()}
        config["healthcheck"] = HealthCheck(**check)
    rest = {name: _frozen(part) for name, part in value.items() if name not in ("config", "server")}
    return Image(**rest, config=ImageConfig(**config), server=_server(value["server"]))


def stored_image(path: Path) -> Image | None:
    """The image of a record in the cache; None where it cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return image_from_json(read_json(path)["image"])
    return None


def _server(value: Mapping[str, Any] | None) -> Server | None:
    if not value:
        return None
    client = value.get("client")
    found = Client(**{name: _frozen(part) for name, part in client.items()}) if client else None
    return Server(**{**value, "client": found})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def read_json(path: Path) -> Mapping[str, Any]:
    """An object from a file; OSError or ValueError when there is none."""
    loaded = json.loads(path.read_text())
    if not isinstance(loaded, dict):
        raise ValueError("not an object")
    return loaded
