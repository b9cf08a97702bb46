"""A whole project as read from its Compose files: the one thing that `compose` makes and all others read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.model.errors import Place
from longshore.model.record import record
from longshore.model.service import EMPTY, Service

__all__ = ["FileObject", "IpamPool", "Network", "Stack", "Volume"]


@record
class IpamPool:
    subnet: str = ""
    gateway: str = ""
    ip_range: str = ""
    aux_addresses: Mapping[str, str] = EMPTY


@record(hidden=("raw",))
class Network:
    """A top-level network. `name` is the engine's name ("project_default"), `key` the name in the file; `config_hash`
    as Docker Compose computes it; `places` gives, by key, where it is defined."""

    key: str
    name: str
    driver: str = ""
    driver_opts: Mapping[str, str] = EMPTY
    external: bool = False
    internal: bool = False
    attachable: bool = False
    enable_ipv4: bool | None = None
    enable_ipv6: bool | None = None
    ipam_driver: str = ""
    ipam: tuple[IpamPool, ...] = ()
    ipam_options: Mapping[str, str] = EMPTY
    labels: Mapping[str, str] = EMPTY
    raw: Mapping[str, Any] = EMPTY
    config_hash: str = ""
    places: Mapping[str, Place] = EMPTY
    place: Place | None = None


@record(hidden=("raw",))
class Volume:
    """A top-level volume. `name` is the engine's name ("project_data" or the file's own `name:`)."""

    key: str
    name: str
    driver: str = ""
    driver_opts: Mapping[str, str] = EMPTY
    external: bool = False
    labels: Mapping[str, str] = EMPTY
    raw: Mapping[str, Any] = EMPTY
    place: Place | None = None

    @property
    def bound_to(self) -> str:
        """The folder of the host that a local volume stands for (`o: bind` with a `device`); "" for any other."""
        options = str(self.driver_opts.get("o", "")).split(",")
        return str(self.driver_opts.get("device", "")) if {"bind", "rbind"} & {*options} else ""


@record
class FileObject:
    """A top-level secret or config. Exactly one of `file`, `content`, `environment` or `external` is set; `file` is
    absolute. The value of `environment` is looked up in the stack's environment when it is used, never printed."""

    key: str
    name: str
    file: str = ""
    content: str | None = None
    environment: str = ""
    external: bool = False
    labels: Mapping[str, str] = EMPTY
    place: Place | None = None


@record(hidden=("raw", "environment"))
class Stack:
    """A project. `services` holds those that are selected and enabled, in the files' order; `disabled` those that a
    profile leaves out. `environment` is the project's (OS over .env), for secrets and configs from variables."""

    name: str
    working_dir: str
    files: tuple[str, ...] = ()
    services: Mapping[str, Service] = EMPTY
    disabled: Mapping[str, Service] = EMPTY
    networks: Mapping[str, Network] = EMPTY
    volumes: Mapping[str, Volume] = EMPTY
    secrets: Mapping[str, FileObject] = EMPTY
    configs: Mapping[str, FileObject] = EMPTY
    environment: Mapping[str, str] = EMPTY
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    extensions: Mapping[str, Any] = EMPTY
    raw: Mapping[str, Any] = EMPTY

    def known(self, name: str) -> Service | None:
        """The service of that name, also one that is not selected: its image may be what another's is built on."""
        return self.services.get(name) or self.disabled.get(name)

    @property
    def longshore(self) -> Mapping[str, Any]:
        """What the file says under `x-longshore`, empty when it says nothing."""
        found = self.extensions.get("x-longshore")
        return found if isinstance(found, Mapping) else EMPTY
