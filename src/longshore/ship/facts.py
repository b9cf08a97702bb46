"""What a translation has to know beyond the file, and what it makes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from longshore.docker.api.versions import ApiVersion
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.ship.routes import Piece
from longshore.ship.updates import Rule

__all__ = ["NO_NEW_PRIVILEGES", "Facts", "ImageFacts", "Ship", "Stored", "Wanted"]

NO_NEW_PRIVILEGES = ApiVersion(1, 46)


@record
class ImageFacts:
    """An image as a spec names it (by digest, or by id), and what of it a service inherits. `shell`: it has
    /bin/sh."""

    reference: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    healthcheck: HealthCheck | None = None
    shell: bool = True


@record(hidden=("files",))
class Facts:
    """`images` by service; `files` the contents of secrets and configs ("secret:token", "config:site") and of files
    that are bound ("bind:/path"), None for what is no file; `pins` the constraints of volumes by key. `joined`: the
    Swarm's services that are in the proxy's network now, and stay there."""

    images: Mapping[str, ImageFacts]
    files: Mapping[str, bytes | None] = EMPTY
    pins: Mapping[str, str] = EMPTY
    version: ApiVersion = ApiVersion(1, 41)
    joined: frozenset[str] = frozenset()


@record(hidden=("content",))
class Stored:
    """A secret or config that a release needs; its name says what it holds."""

    kind: Literal["secret", "config"]
    name: str
    content: bytes


@record
class Wanted:
    """A service as the Swarm is to have it: `spec` is the Engine API's, with secrets and configs by name alone. A `job`
    runs to its end. `wave` counts from 0 along depends_on."""

    service: str
    name: str
    spec: Mapping[str, Any]
    wave: int
    job: bool = False
    rule: Rule | None = None
    replicas: int = 1


@record
class Ship:
    """All that a release consists of, and what people must hear about it. `piece`: what the proxy is asked for."""

    project: str
    services: tuple[Wanted, ...]
    networks: Mapping[str, Mapping[str, Any]]
    stored: tuple[Stored, ...]
    warnings: tuple[str, ...] = ()
    piece: Piece | None = None
