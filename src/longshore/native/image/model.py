"""What an image is to the native engine: layers in the cache and a configuration. A provider is just an image."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.model.healthcheck import HealthCheck
from longshore.model.record import record
from longshore.model.service import EMPTY

__all__ = ["Image", "ImageConfig", "Server"]


@record
class Server:
    """The kind and major version of a server whose data on a volume must stay with it, and where the data lie."""

    kind: str
    major: str
    data: str


@record
class ImageConfig:
    """The image's own defaults, as a Dockerfile sets them. `user` is "name", "uid", "name:group" or ""."""

    env: Mapping[str, str] = EMPTY
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    working_dir: str = ""
    user: str = ""
    exposed: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = EMPTY
    healthcheck: HealthCheck | None = None
    stop_signal: str = ""
    shell: tuple[str, ...] = ("/bin/sh", "-c")


@record
class Image:
    """`id` is a digest of content; `layers` are directories in the cache, lowest first, ready as overlay lower
    directories; `runs` says what it is ("postgres 15.18"), `asked` the reference it stands for; `deviations` are
    differences from the asked image worth telling; `server` is set for database servers."""

    reference: str
    id: str
    layers: tuple[str, ...]
    config: ImageConfig
    runs: str = ""
    asked: str = ""
    deviations: tuple[str, ...] = ()
    server: Server | None = None
    created: float = 0.0
